//===- PrimitiveBuilder.cpp - Writes formulas over the primitives ----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Braid/IR/PrimitiveBuilder.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace braid;

static RankedTensorType typeOf(Value value) { return cast<RankedTensorType>(value.getType()); }

FloatType braid::computeType(ValueRange values) {
  for (Value value : values)
    if (getElementTypeOrSelf(value.getType()).isF64())
      return Float64Type::get(value.getContext());
  return Float32Type::get(values.front().getContext());
}

Type braid::factorType(ArrayRef<Value> values) {
  bool agree = llvm::all_equal(llvm::map_range(values, [](Value value) { return getElementTypeOrSelf(value.getType()); }));
  return agree ? getElementTypeOrSelf(values.front().getType()) : Type(computeType(values));
}

Value PrimitiveBuilder::store(Value x, Type type) {
  return x.getType() == type ? x : ConvertOp::create(builder, loc, type, x).getResult();
}

Value PrimitiveBuilder::convert(Value x, Type elementType) {
  // Encodings say what a leading dimension counts; formulas do not ask.
  return store(x, RankedTensorType::get(typeOf(x).getShape(), elementType));
}

Value PrimitiveBuilder::constant(double value, Value like) {
  auto type = cast<RankedTensorType>(like.getType());
  bool isStatic = type.hasStaticShape();
  auto splat = RankedTensorType::get(isStatic ? type.getShape() : ArrayRef<int64_t>(), type.getElementType());
  APFloat number(value);
  bool lossy;
  number.convert(cast<FloatType>(type.getElementType()).getFloatSemantics(), APFloat::rmNearestTiesToEven, &lossy);
  Value result = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(splat, number));
  return isStatic ? result : broadcast(result, like, {});
}

Value PrimitiveBuilder::list(ArrayRef<double> values) {
  SmallVector<APFloat> numbers;
  for (double value : values) {
    bool lossy;
    numbers.emplace_back(value).convert(element.getFloatSemantics(), APFloat::rmNearestTiesToEven, &lossy);
  }
  auto type = RankedTensorType::get({int64_t(values.size())}, element);
  return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, ArrayRef<APFloat>(numbers)));
}

Value PrimitiveBuilder::contract(Value a, Value b, int64_t batch) {
  SmallVector<int64_t> shape(typeOf(a).getShape().drop_back());
  llvm::append_range(shape, typeOf(b).getShape().drop_front(batch).drop_back());
  return ContractOp::create(builder, loc, RankedTensorType::get(shape, element), a, b, batch);
}

Value PrimitiveBuilder::reduce(Reduction kind, Value x, int64_t dim) {
  SmallVector<int64_t> shape(typeOf(x).getShape());
  shape.erase(shape.begin() + dim);
  return ReduceOp::create(builder, loc, RankedTensorType::get(shape, element), kind, x, dim);
}

Value PrimitiveBuilder::mean(Value x, int64_t dim) {
  Value total = sum(x, dim);
  return div(total, constant(double(typeOf(x).getDimSize(dim)), total));
}

Value PrimitiveBuilder::broadcast(Value x, Value like, ArrayRef<int64_t> dims) {
  auto type = RankedTensorType::get(typeOf(like).getShape(), typeOf(x).getElementType());
  return BroadcastOp::create(builder, loc, type, x, like, dims);
}

Value PrimitiveBuilder::repeat(Value x, ArrayRef<int64_t> shape, ArrayRef<int64_t> dims) {
  auto type = RankedTensorType::get(shape, typeOf(x).getElementType());
  Value like = arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(type, builder.getZeroAttr(type.getElementType())));
  return broadcast(x, like, dims);
}

Value PrimitiveBuilder::reshape(Value x, ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, typeOf(x).getElementType());
  return x.getType() == type ? x : ReshapeOp::create(builder, loc, type, x).getResult();
}

Value PrimitiveBuilder::transpose(Value x, ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> shape;
  for (int64_t dim : permutation)
    shape.push_back(typeOf(x).getDimSize(dim));
  return TransposeOp::create(builder, loc, RankedTensorType::get(shape, typeOf(x).getElementType()), x, permutation);
}

Value PrimitiveBuilder::slice(Value x, int64_t dim, int64_t from, int64_t to) {
  SmallVector<int64_t> shape(typeOf(x).getShape());
  shape[dim] = to - from;
  return SliceOp::create(builder, loc, RankedTensorType::get(shape, typeOf(x).getElementType()), x, dim, from, to);
}

Value PrimitiveBuilder::concat(Value a, Value b, int64_t dim) {
  SmallVector<int64_t> shape(typeOf(a).getShape());
  bool isStatic = !typeOf(a).isDynamicDim(dim) && !typeOf(b).isDynamicDim(dim);
  shape[dim] = isStatic ? shape[dim] + typeOf(b).getDimSize(dim) : ShapedType::kDynamic;
  return ConcatOp::create(builder, loc, RankedTensorType::get(shape, typeOf(a).getElementType()), a, b, dim);
}

Value PrimitiveBuilder::gather(Value table, Value index) {
  SmallVector<int64_t> shape(typeOf(table).getShape());
  shape[0] = typeOf(index).getDimSize(0);
  return GatherOp::create(builder, loc, RankedTensorType::get(shape, typeOf(table).getElementType()), table, index);
}

Value PrimitiveBuilder::silu(Value x) { return div(x, add(exp(neg(x)), 1.0)); }

Value PrimitiveBuilder::softplus(Value x) {
  Value tail = map<math::Log1pOp>(exp(neg(map<math::AbsFOp>(x))));
  return add(atLeast(x, 0.0), tail);
}

Value PrimitiveBuilder::activation(Activation kind, Value x) {
  switch (kind) {
  case Activation::None:
    return x;
  case Activation::SiLU:
    return silu(x);
  case Activation::GELU:
    return mul(mul(x, 0.5), add(map<math::ErfOp>(mul(x, 0.70710678118654752440)), 1.0));
  case Activation::GELUTanh: {
    // x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))).
    Value cubic = add(x, mul(mul(x, mul(x, x)), 0.044715));
    return mul(mul(x, 0.5), add(map<math::TanhOp>(mul(cubic, 0.79788456080286535588)), 1.0));
  }
  case Activation::ReLU:
    return atLeast(x, 0.0);
  case Activation::ReLU2: {
    Value positive = atLeast(x, 0.0);
    return mul(positive, positive);
  }
  }
  llvm_unreachable("every activation is handled above");
}
