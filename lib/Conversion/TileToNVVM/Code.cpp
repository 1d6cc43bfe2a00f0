//===- Code.cpp - Emits one thread's instructions -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Code.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace braid::hopper;

Value Code::i32(int64_t constant) { return arith::ConstantIntOp::create(*this, getI32Type(), int32_t(constant)); }

Value Code::i64(int64_t constant) { return arith::ConstantIntOp::create(*this, getI64Type(), constant); }

Value Code::index(int64_t constant) { return arith::ConstantIndexOp::create(*this, constant); }

Value Code::add(Value a, Value b) { return createOrFold<arith::AddIOp>(a, b); }

Value Code::add(Value a, int64_t b) {
  return b == 0 ? a : add(a, a.getType().isIndex() ? index(b) : i32(b));
}

Value Code::sub(Value a, Value b) { return createOrFold<arith::SubIOp>(a, b); }

Value Code::mul(Value a, int64_t b) {
  return b == 1 ? a : createOrFold<arith::MulIOp>(a, a.getType().isIndex() ? index(b) : i32(b));
}

Value Code::div(Value a, int64_t b) { return b == 1 ? a : createOrFold<arith::DivUIOp>(a, i32(b)); }

Value Code::rem(Value a, int64_t b) { return createOrFold<arith::RemUIOp>(a, i32(b)); }

Value Code::exclusiveOr(Value a, Value b) { return createOrFold<arith::XOrIOp>(a, b); }

Value Code::equal(Value a, Value b) { return createOrFold<arith::CmpIOp>(arith::CmpIPredicate::eq, a, b); }

Value Code::less(Value a, Value b) { return createOrFold<arith::CmpIOp>(arith::CmpIPredicate::slt, a, b); }

Value Code::both(Value a, Value b) { return !a ? b : !b ? a : createOrFold<arith::AndIOp>(a, b); }

Value Code::select(Value condition, Value a, Value b) { return arith::SelectOp::create(*this, condition, a, b); }

Value Code::zero(Type type) { return arith::ConstantOp::create(*this, getZeroAttr(type)); }

Value Code::narrow(Value index) { return createOrFold<arith::IndexCastOp>(getI32Type(), index); }

Value Code::widen(Value number) { return createOrFold<arith::IndexCastOp>(getIndexType(), number); }

SmallVector<Value> Code::assembly(const Twine &text, StringRef constraints, ValueRange operands, TypeRange results,
                                  bool sideEffects) {
  Type type = results.empty()       ? Type()
              : results.size() == 1 ? results.front()
                                    : LLVM::LLVMStructType::getLiteral(getContext(), llvm::to_vector(results));
  auto dialect = LLVM::AsmDialectAttr::get(getContext(), LLVM::AsmDialect::AD_ATT);
  auto op = LLVM::InlineAsmOp::create(*this, type ? TypeRange(type) : TypeRange(), operands, text.str(), constraints,
                                      sideEffects, /*is_align_stack=*/false, LLVM::tailcallkind::TailCallKind::None,
                                      dialect, /*operand_attrs=*/ArrayAttr());
  if (results.size() < 2)
    return op->getResults();
  SmallVector<Value> values;
  for (size_t n = 0; n < results.size(); ++n)
    values.push_back(LLVM::ExtractValueOp::create(*this, op.getRes(), int64_t(n)));
  return values;
}

void Code::ifThen(Value condition, llvm::function_ref<void()> body) {
  auto branch = scf::IfOp::create(*this, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(branch.thenBlock());
  body();
}

Value Code::ifElse(Value condition, Type type, llvm::function_ref<Value()> value, Value otherwise) {
  auto branch = scf::IfOp::create(*this, TypeRange(type), condition, /*addThenBlock=*/true, /*addElseBlock=*/true);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(branch.thenBlock());
  scf::YieldOp::create(*this, value());
  setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(*this, otherwise);
  return branch.getResult(0);
}

Value Code::warpUniform(Value value) {
  return NVVM::ShflOp::create(*this, getI32Type(), i32(-1), value, i32(0), i32(31), NVVM::ShflKind::idx, UnitAttr());
}

Value Code::shuffle(Value value, Value lane, Value clamp, NVVM::ShflKind kind) {
  auto word = [&](Value bits) -> Value {
    return NVVM::ShflOp::create(*this, bits.getType(), i32(-1), bits, lane, clamp, kind, UnitAttr());
  };
  if (value.getType().getIntOrFloatBitWidth() == 32)
    return word(value);
  auto halves = VectorType::get(2, getI32Type());
  Value bits = LLVM::BitcastOp::create(*this, halves, value), moved = LLVM::UndefOp::create(*this, halves);
  for (int64_t n : {0, 1})
    moved = LLVM::InsertElementOp::create(*this, moved, word(LLVM::ExtractElementOp::create(*this, bits, i32(n))), i32(n));
  return LLVM::BitcastOp::create(*this, value.getType(), moved);
}

Value Code::fromLane(Value value, Value lane) { return shuffle(value, lane, i32(31), NVVM::ShflKind::idx); }

Value Code::fromLaneBelow(Value value, int64_t distance) {
  return shuffle(value, i32(distance), i32(0), NVVM::ShflKind::up);
}

Value Code::packPair(Value low, Value high, Type halfType) {
  StringRef type = halfType.isBF16() ? "bf16x2" : "f16x2";
  return assembly("cvt.rn." + type + ".f32 $0, $1, $2;", "=r,f,f", {high, low}, getI32Type(), /*sideEffects=*/false)[0];
}
