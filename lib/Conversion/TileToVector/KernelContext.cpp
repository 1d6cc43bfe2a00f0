//===- KernelContext.cpp - What the emitters of one kernel share ----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelContext.h"
#include "braid/Conversion/TileToVector/KernelABI.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace braid::tile;

Value Code::index(int64_t constant) { return arith::ConstantIndexOp::create(*this, constant); }
Value Code::add(Value a, Value b) { return createOrFold<arith::AddIOp>(a, b); }
Value Code::sub(Value a, Value b) { return createOrFold<arith::SubIOp>(a, b); }
Value Code::mul(Value a, int64_t b) { return b == 1 ? a : createOrFold<arith::MulIOp>(a, index(b)); }
Value Code::min(Value a, Value b) { return createOrFold<arith::MinSIOp>(a, b); }
Value Code::max(Value a, Value b) { return createOrFold<arith::MaxSIOp>(a, b); }
Value Code::less(Value a, Value b) { return createOrFold<arith::CmpIOp>(arith::CmpIPredicate::slt, a, b); }
Value Code::lessEqual(Value a, Value b) { return createOrFold<arith::CmpIOp>(arith::CmpIPredicate::sle, a, b); }

Value Code::both(Value a, Value b) {
  if (!a || !b)
    return a ? a : b;
  return createOrFold<arith::AndIOp>(a, b);
}

Value Code::zero(Type type) { return arith::ConstantOp::create(*this, cast<TypedAttr>(getZeroAttr(type))); }

Value Code::splat(Value scalar, int64_t lanes) {
  return vector::BroadcastOp::create(*this, VectorType::get(lanes, scalar.getType()), scalar);
}

Value Code::address(Value pointer, Type element, Value offset) {
  Value wide = createOrFold<arith::IndexCastOp>(getI64Type(), offset);
  return LLVM::GEPOp::create(*this, pointer.getType(), element, pointer, ArrayRef<LLVM::GEPArg>{wide});
}

Value Code::load(Type type, Value pointer) {
  return LLVM::LoadOp::create(*this, type, pointer, bytesOf(getElementTypeOrSelf(type)));
}

void Code::store(Value value, Value pointer) {
  LLVM::StoreOp::create(*this, value, pointer, bytesOf(getElementTypeOrSelf(value.getType())));
}

/// The type whose bits move: x86 takes a masked access to 16-bit floats apart with library calls, one to integers not.
static VectorType movedType(VectorType type) {
  Type element = type.getElementType();
  return element.isBF16() || element.isF16() ? VectorType::get(type.getShape(), IntegerType::get(type.getContext(), 16))
                                             : type;
}

Value Code::maskedLoad(VectorType type, Value pointer, Value which) {
  VectorType moved = movedType(type);
  Value loaded = LLVM::MaskedLoadOp::create(*this, moved, pointer, which, zero(moved),
                                            getI32IntegerAttr(bytesOf(type.getElementType())));
  return moved == type ? loaded : Value(arith::BitcastOp::create(*this, type, loaded));
}

void Code::maskedStore(Value value, Value pointer, Value which) {
  auto type = cast<VectorType>(value.getType());
  VectorType moved = movedType(type);
  if (moved != type)
    value = arith::BitcastOp::create(*this, moved, value);
  LLVM::MaskedStoreOp::create(*this, value, pointer, which, getI32IntegerAttr(bytesOf(type.getElementType())));
}

void Code::prefetch(Value pointer, bool toWrite) {
  enum { secondLevel = 2, data = 1 };
  LLVM::Prefetch::create(*this, pointer, unsigned(toWrite), secondLevel, data);
}

void Code::prefetchLines(Value row, TileType type, bool toWrite) {
  int64_t perLine = KernelABI::alignment / bytesOf(type.getElementType());
  for (int64_t column = 0; column < type.getColumns(); column += perLine)
    prefetch(address(row, type.getElementType(), column), toWrite);
}

Value Code::prefetchWith(Value vector, Value pointer) {
  auto line = getDictionaryAttr(getNamedAttr(LLVM::InlineAsmOp::getElementTypeAttrName(), TypeAttr::get(getI8Type())));
  return LLVM::InlineAsmOp::create(*this, TypeRange(vector.getType()), ValueRange{pointer, vector}, "prefetcht1 $1",
                                   "=v,*m,0", /*has_side_effects=*/false, /*is_align_stack=*/false,
                                   LLVM::TailCallKind::None, /*asm_dialect=*/LLVM::AsmDialectAttr(),
                                   getArrayAttr({line, getDictionaryAttr({})}))
      .getRes();
}

void Code::loop(int64_t lo, int64_t hi, int64_t step, llvm::function_ref<void(Value)> body) {
  if (hi <= lo)
    return;
  if (lo + step >= hi)
    return body(index(lo));
  auto op = scf::ForOp::create(*this, index(lo), index(hi), index(step));
  InsertionGuard guard(*this);
  setInsertionPointToStart(op.getBody());
  body(op.getInductionVar());
}

void Code::loop(Value lo, Value hi, int64_t step, llvm::function_ref<void(Value)> body) {
  auto op = scf::ForOp::create(*this, lo, hi, index(step));
  InsertionGuard guard(*this);
  setInsertionPointToStart(op.getBody());
  body(op.getInductionVar());
}

void Code::ifThen(Value condition, llvm::function_ref<void()> body) {
  auto op = scf::IfOp::create(*this, condition, /*withElseRegion=*/false);
  InsertionGuard guard(*this);
  setInsertionPointToStart(op.thenBlock());
  body();
}

void Code::ifElse(Value condition, llvm::function_ref<void(bool)> body) {
  if (!condition)
    return body(true);
  auto op = scf::IfOp::create(*this, condition, /*withElseRegion=*/true);
  InsertionGuard guard(*this);
  setInsertionPointToStart(op.thenBlock());
  body(true);
  setInsertionPointToStart(op.elseBlock());
  body(false);
}

Operation *Code::mark() { return index(0).getDefiningOp(); }

static braid::CPUTargetInfo targetOf(KernelOp kernel) {
  auto cpu = kernel->getAttrOfType<CPUAttr>("tile.cpu");
  return {cpu.getVectorBits(), cpu.getBf16Dot()};
}

KernelContext::KernelContext(KernelOp kernel) : code(kernel.getLoc(), kernel->getContext()), target(targetOf(kernel)) {}

Storage KernelContext::storageAt(PlaceAttr place) {
  Storage storage{place.getKind(), {}, place.getStride(), {}};
  if (place.getKind() != PlaceKind::Inline)
    storage.pointer = code.address(scratch, code.getI8Type(), place.getOffset());
  return storage;
}
