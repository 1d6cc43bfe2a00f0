//===- Builder.cpp - Kernel texts in C++ ----------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Tile/IR/Builder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace braid::tile {

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

Scalar Number::in(Type type, ImplicitLocOpBuilder &builder) const {
  if (scalar)
    return *scalar;
  TypedAttr attribute = isa<FloatType>(type)
                            ? TypedAttr(builder.getFloatAttr(type, real))
                            : TypedAttr(builder.getIntegerAttr(type, integer ? *integer : int64_t(real)));
  return {arith::ConstantOp::create(builder, attribute), &builder};
}

template <typename FloatOp, typename IntOp> static Scalar arithmetic(const Scalar &a, const Scalar &b) {
  ImplicitLocOpBuilder &builder = *a.builder;
  if (isa<FloatType>(a.type()))
    return {builder.createOrFold<FloatOp>(a.value, b.value), &builder};
  return {builder.createOrFold<IntOp>(a.value, b.value), &builder};
}

Scalar operator+(const Scalar &a, const Scalar &b) { return arithmetic<arith::AddFOp, arith::AddIOp>(a, b); }
Scalar operator-(const Scalar &a, const Scalar &b) { return arithmetic<arith::SubFOp, arith::SubIOp>(a, b); }
Scalar operator*(const Scalar &a, const Scalar &b) { return arithmetic<arith::MulFOp, arith::MulIOp>(a, b); }
Scalar operator/(const Scalar &a, const Scalar &b) { return arithmetic<arith::DivFOp, arith::DivSIOp>(a, b); }
Scalar operator%(const Scalar &a, const Scalar &b) { return arithmetic<arith::RemFOp, arith::RemSIOp>(a, b); }

static Scalar compare(arith::CmpFPredicate real, arith::CmpIPredicate integer, const Scalar &a, const Scalar &b) {
  ImplicitLocOpBuilder &builder = *a.builder;
  if (isa<FloatType>(a.type()))
    return {builder.createOrFold<arith::CmpFOp>(real, a.value, b.value), &builder};
  return {builder.createOrFold<arith::CmpIOp>(integer, a.value, b.value), &builder};
}

using Real = arith::CmpFPredicate;
using Integer = arith::CmpIPredicate;
Scalar operator<(const Scalar &a, const Scalar &b) { return compare(Real::OLT, Integer::slt, a, b); }
Scalar operator<=(const Scalar &a, const Scalar &b) { return compare(Real::OLE, Integer::sle, a, b); }
Scalar operator>(const Scalar &a, const Scalar &b) { return compare(Real::OGT, Integer::sgt, a, b); }
Scalar operator>=(const Scalar &a, const Scalar &b) { return compare(Real::OGE, Integer::sge, a, b); }
Scalar operator==(const Scalar &a, const Scalar &b) { return compare(Real::OEQ, Integer::eq, a, b); }
Scalar operator!=(const Scalar &a, const Scalar &b) { return compare(Real::UNE, Integer::ne, a, b); }

Scalar operator&&(const Scalar &a, const Scalar &b) {
  return {a.builder->createOrFold<arith::AndIOp>(a.value, b.value), a.builder};
}
Scalar operator||(const Scalar &a, const Scalar &b) {
  return {a.builder->createOrFold<arith::OrIOp>(a.value, b.value), a.builder};
}
Scalar operator!(const Scalar &a) { return a != Number(1).in(a.type(), *a.builder); }

Scalar operator-(const Scalar &a) {
  if (isa<FloatType>(a.type()))
    return {a.builder->createOrFold<arith::NegFOp>(a.value), a.builder};
  return 0 - a;
}

Scalar Scalar::to(Type target) const {
  Type source = type();
  if (source == target)
    return *this;
  auto make = [&](auto op) { return Scalar(op.getResult(), builder); };
  if (isa<FloatType>(source) && isa<FloatType>(target)) {
    unsigned from = source.getIntOrFloatBitWidth(), into = target.getIntOrFloatBitWidth();
    if (from == into) // between f16 and bf16
      return to(builder->getF32Type()).to(target);
    return from < into ? make(arith::ExtFOp::create(*builder, target, value))
                       : make(arith::TruncFOp::create(*builder, target, value));
  }
  if (source.isIndex() || target.isIndex()) {
    if (isa<FloatType>(target) || isa<FloatType>(source))
      return to(builder->getI64Type()).to(target);
    if (source.isInteger(1))
      return make(arith::IndexCastUIOp::create(*builder, target, value));
    return make(arith::IndexCastOp::create(*builder, target, value));
  }
  if (isa<FloatType>(target))
    return source.isInteger(1) ? make(arith::UIToFPOp::create(*builder, target, value))
                               : make(arith::SIToFPOp::create(*builder, target, value));
  if (isa<FloatType>(source)) // towards zero
    return make(arith::FPToSIOp::create(*builder, target, value));
  unsigned from = source.getIntOrFloatBitWidth(), into = target.getIntOrFloatBitWidth();
  if (from > into)
    return make(arith::TruncIOp::create(*builder, target, value));
  return from == 1 ? make(arith::ExtUIOp::create(*builder, target, value))
                   : make(arith::ExtSIOp::create(*builder, target, value));
}

Scalar min(const Scalar &a, Number b) {
  return arithmetic<arith::MinNumFOp, arith::MinSIOp>(a, b.in(a.type(), *a.builder));
}
Scalar max(const Scalar &a, Number b) {
  return arithmetic<arith::MaxNumFOp, arith::MaxSIOp>(a, b.in(a.type(), *a.builder));
}

Scalar select(const Scalar &condition, Number ifTrue, Number ifFalse) {
  Type type = ifTrue.scalar ? ifTrue.scalar->type() : ifFalse.scalar->type();
  ImplicitLocOpBuilder &builder = *condition.builder;
  Value chosen = builder.createOrFold<arith::SelectOp>(condition.value, ifTrue.in(type, builder).value,
                                                       ifFalse.in(type, builder).value);
  return {chosen, &builder};
}

template <typename Op> static Scalar function(const Scalar &x) { return {Op::create(*x.builder, x.value), x.builder}; }

Scalar exp(const Scalar &x) { return function<math::ExpOp>(x); }
Scalar exp2(const Scalar &x) { return function<math::Exp2Op>(x); }
Scalar log(const Scalar &x) { return function<math::LogOp>(x); }
Scalar log1p(const Scalar &x) { return function<math::Log1pOp>(x); }
Scalar expm1(const Scalar &x) { return function<math::ExpM1Op>(x); }
Scalar erf(const Scalar &x) { return function<math::ErfOp>(x); }
Scalar tanh(const Scalar &x) { return function<math::TanhOp>(x); }
Scalar sqrt(const Scalar &x) { return function<math::SqrtOp>(x); }
Scalar rsqrt(const Scalar &x) { return function<math::RsqrtOp>(x); }
Scalar abs(const Scalar &x) { return function<math::AbsFOp>(x); }
Scalar sin(const Scalar &x) { return function<math::SinOp>(x); }
Scalar cos(const Scalar &x) { return function<math::CosOp>(x); }
Scalar sigmoid(const Scalar &x) { return 1 / (1 + exp(-x)); }
Scalar silu(const Scalar &x) { return x / (1 + exp(-x)); }
// max(x, 0) + log1p(exp(-|x|)): the exponential never overflows, and for large negative x it is the whole result.
Scalar softplus(const Scalar &x) { return max(x, 0) + log1p(exp(-abs(x))); }
Scalar gelu(const Scalar &x) { return x * 0.5 * (1 + erf(x * 0.70710678118654752440)); }

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

static Tile elementwise(Tiles inputs, ArrayRef<int64_t> shape, bool coordinates, ImplicitLocOpBuilder &builder,
                        llvm::function_ref<Scalar(Args)> f) {
  SmallVector<Value> values;
  for (const Tile &tile : inputs)
    values.push_back(tile.value);
  Type element;
  // The element type is known once the function has been written, so the map is made around it afterwards.
  OperationState state(builder.getLoc(), MapOp::getOperationName());
  state.addOperands(values);
  Region *region = state.addRegion();
  {
    OpBuilder::InsertionGuard guard(builder);
    Block *block = builder.createBlock(region);
    for (const Tile &tile : inputs)
      block->addArgument(tile.elementType(), builder.getLoc());
    for (size_t d = 0; coordinates && d < shape.size(); ++d)
      block->addArgument(builder.getIndexType(), builder.getLoc());
    SmallVector<Scalar> arguments;
    for (BlockArgument argument : block->getArguments())
      arguments.push_back({argument, &builder});
    Scalar value = f(arguments);
    element = value.type();
    YieldOp::create(builder, value.value);
  }
  state.addTypes(TileType::get(shape, element));
  return {builder.create(state)->getResult(0), &builder};
}

Tile Tile::to(Type type) const {
  if (elementType() == type)
    return *this;
  return elementwise(*this, tileType().getShape(), false, *builder, [&](Args e) { return e[0].to(type); });
}

#define BRAID_TILE_OPERATOR(OP)                                                                                        \
  Tile operator OP(const Tile &a, const Tile &b) {                                                                     \
    return elementwise({a, b}, a.tileType().getShape(), false, *a.builder, [](Args e) { return e[0] OP e[1]; });       \
  }                                                                                                                    \
  Tile operator OP(const Tile &a, Number b) {                                                                          \
    return elementwise(a, a.tileType().getShape(), false, *a.builder,                                                  \
                       [&](Args e) { return e[0] OP b.in(e[0].type(), *a.builder); });                                 \
  }
BRAID_TILE_OPERATOR(+)
BRAID_TILE_OPERATOR(-)
BRAID_TILE_OPERATOR(*)
BRAID_TILE_OPERATOR(/)
#undef BRAID_TILE_OPERATOR

//===----------------------------------------------------------------------===//
// The kernel
//===----------------------------------------------------------------------===//

KernelBuilder::KernelBuilder(ModuleOp module, Location loc, StringRef name)
    : builder(loc, OpBuilder::atBlockEnd(module.getBody())) {
  kernel = KernelOp::create(builder, name, ArrayRef<Type>());
  builder.setInsertionPointToStart(&kernel.getBlock());
}

Value KernelBuilder::argument(Type type) { return kernel.getBlock().addArgument(type, builder.getLoc()); }

View KernelBuilder::view(ArrayRef<int64_t> shape, Type elementType, ArrayRef<int64_t> strides) {
  return {argument(ViewType::get(shape, elementType, strides)), &builder};
}

Scalar KernelBuilder::blockId(int64_t dimension) { return {BlockIdOp::create(builder, dimension), &builder}; }

Scalar KernelBuilder::dim(View view, int64_t dimension) {
  return {builder.createOrFold<DimOp>(view.value, dimension), &builder};
}

SmallVector<Value> KernelBuilder::indices(At at) {
  SmallVector<Value> values;
  for (const Number &number : at)
    values.push_back(number.index(builder));
  return values;
}

struct KernelBuilder::Ranges {
  SmallVector<int64_t> dims;
  SmallVector<Value> lower, upper;
};

KernelBuilder::Ranges KernelBuilder::ranges(ArrayRef<ValidRange> valid) {
  Ranges ranges;
  for (const ValidRange &range : valid) {
    ranges.dims.push_back(range.dimension);
    ranges.lower.push_back(range.lo.index(builder));
    ranges.upper.push_back(range.hi.index(builder));
  }
  return ranges;
}

Tile KernelBuilder::load(View view, At at, ArrayRef<int64_t> shape, ArrayRef<ValidRange> valid) {
  Ranges r = ranges(valid);
  Type type = TileType::get(shape, view.elementType());
  return {LoadOp::create(builder, type, view.value, indices(at), r.lower, r.upper, r.dims), &builder};
}

void KernelBuilder::store(Tile tile, View view, At at, ArrayRef<ValidRange> valid) {
  Ranges r = ranges(valid);
  StoreOp::create(builder, tile.value, view.value, indices(at), r.lower, r.upper, r.dims);
}

Scalar KernelBuilder::read(View view, At at) {
  return {ReadOp::create(builder, view.elementType(), view.value, indices(at)), &builder};
}

void KernelBuilder::write(Scalar scalar, View view, At at) {
  WriteOp::create(builder, scalar.value, view.value, indices(at));
}

Tile KernelBuilder::mma(Tile a, Tile b, Tile accumulator, Mma flags) {
  return {MmaOp::create(builder, accumulator.type(), a.value, b.value, accumulator.value, flags.transposeA,
                        flags.transposeB),
          &builder};
}

Tile KernelBuilder::makeMap(Tiles inputs, ArrayRef<int64_t> shape, bool coordinates,
                            llvm::function_ref<Scalar(Args)> f) {
  return elementwise(inputs, shape, coordinates, builder, f);
}

Tile KernelBuilder::map(Tiles inputs, llvm::function_ref<Scalar(Args)> f) {
  return makeMap(inputs, inputs.front().tileType().getShape(), false, f);
}

Tile KernelBuilder::mapAt(Tiles inputs, llvm::function_ref<Scalar(Args)> f) {
  return makeMap(inputs, inputs.front().tileType().getShape(), true, f);
}

Tile KernelBuilder::generate(ArrayRef<int64_t> shape, llvm::function_ref<Scalar(Args)> f) {
  return makeMap({}, shape, true, f);
}

Tile KernelBuilder::splat(Scalar scalar, ArrayRef<int64_t> shape) {
  return {SplatOp::create(builder, TileType::get(shape, scalar.type()), scalar.value), &builder};
}

Tile KernelBuilder::broadcast(Tile vector, int64_t dimension, int64_t size) {
  int64_t n = vector.size(0);
  SmallVector<int64_t> shape = dimension == 0 ? SmallVector<int64_t>{size, n} : SmallVector<int64_t>{n, size};
  Type type = TileType::get(shape, vector.elementType());
  return {BroadcastOp::create(builder, type, vector.value, dimension), &builder};
}

Tile KernelBuilder::reduce(ReduceKind kind, Tile tile, int64_t dimension) {
  SmallVector<int64_t> shape = llvm::to_vector(tile.tileType().getShape());
  shape.erase(shape.begin() + dimension);
  Type type = TileType::get(shape, tile.elementType());
  return {ReduceOp::create(builder, type, kind, tile.value, dimension), &builder};
}

Tile KernelBuilder::prefixSum(Tile tile, int64_t dimension, bool reverse) {
  return {PrefixSumOp::create(builder, tile.type(), tile.value, dimension, reverse), &builder};
}

KernelBuilder::RecurrenceResults KernelBuilder::recurrence(const Recurrence &r) {
  auto op = RecurrenceOp::create(builder, r.u.type(), r.rate.type(), r.u.value, r.step.value, r.b.value, r.c.value,
                                 r.rate.value, r.initial.value, r.count.index(builder).value);
  return {{op.getResult(), &builder}, {op.getLast(), &builder}};
}

Scalar KernelBuilder::extract(Tile tile, At at) {
  return {ExtractOp::create(builder, tile.elementType(), tile.value, indices(at)), &builder};
}

Tile KernelBuilder::transpose(Tile tile) {
  Type type = TileType::get({tile.size(1), tile.size(0)}, tile.elementType());
  return {TransposeOp::create(builder, type, tile.value), &builder};
}

Tile KernelBuilder::reshape(Tile tile, ArrayRef<int64_t> shape) {
  return {ReshapeOp::create(builder, TileType::get(shape, tile.elementType()), tile.value), &builder};
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

static SmallVector<Value> valuesOf(ArrayRef<Operand> operands) {
  SmallVector<Value> values;
  for (const Operand &operand : operands)
    values.push_back(operand.value);
  return values;
}

static Operands operandsOf(ValueRange values, ImplicitLocOpBuilder *builder) {
  Operands operands;
  for (Value value : values)
    operands.push_back({value, builder});
  return operands;
}

Operands KernelBuilder::forRange(Number lo, Number hi, Number step, ArrayRef<Operand> inits, LoopBody body,
                                 int64_t pipeline) {
  auto write = [&](OpBuilder &, Location loc, Value iv, ValueRange carried) {
    Operands next = body({iv, &builder}, operandsOf(carried, &builder));
    scf::YieldOp::create(builder, valuesOf(next));
  };
  Value from = lo.index(builder), to = hi.index(builder), by = step.index(builder);
  OpBuilder::InsertionGuard guard(builder);
  auto loop = scf::ForOp::create(builder, from, to, by, valuesOf(inits));
  Block *block = loop.getBody();
  if (inits.empty() && !block->empty())
    block->getTerminator()->erase();
  builder.setInsertionPointToEnd(block);
  write(builder, builder.getLoc(), loop.getInductionVar(), loop.getRegionIterArgs());
  if (pipeline)
    loop->setAttr("tile.pipeline", builder.getI64IntegerAttr(pipeline));
  return operandsOf(loop.getResults(), &builder);
}

void KernelBuilder::forRange(Number lo, Number hi, Number step, llvm::function_ref<void(Scalar)> body) {
  forRange(lo, hi, step, {}, [&](Scalar iv, ArrayRef<Operand>) {
    body(iv);
    return Operands();
  });
}

Operands KernelBuilder::ifElse(Scalar condition, llvm::function_ref<Operands()> ifTrue,
                               llvm::function_ref<Operands()> ifFalse) {
  // The types of the results are known once the first branch has been written, so it is written apart and moved in.
  Region branches[2];
  SmallVector<Value> yielded[2];
  for (int n = 0; n < 2; ++n) {
    OpBuilder::InsertionGuard guard(builder);
    builder.createBlock(&branches[n]);
    yielded[n] = valuesOf(n == 0 ? ifTrue() : ifFalse());
    scf::YieldOp::create(builder, yielded[n]);
  }
  auto op = scf::IfOp::create(builder, TypeRange(ValueRange(yielded[0])), condition.value, /*withElse=*/true);
  op.getThenRegion().takeBody(branches[0]);
  op.getElseRegion().takeBody(branches[1]);
  return operandsOf(op.getResults(), &builder);
}

void KernelBuilder::ifThen(Scalar condition, llvm::function_ref<void()> body) {
  auto op = scf::IfOp::create(builder, condition.value, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(op.thenBlock());
  body();
}

KernelOp KernelBuilder::finish() {
  ReturnOp::create(builder);
  SmallVector<Type> types = llvm::to_vector(kernel.getBlock().getArgumentTypes());
  kernel.setFunctionType(builder.getFunctionType(types, {}));
  return kernel;
}

} // namespace braid::tile
