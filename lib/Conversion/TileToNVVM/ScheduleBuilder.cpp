//===- ScheduleBuilder.cpp - What every family's schedule writes ----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScheduleBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include <algorithm>

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

void ScheduleBuilder::replaceText(llvm::function_ref<int64_t()> create) {
  SmallVector<Operation *> text;
  for (Operation &op : kernel.getBlock().without_terminator())
    text.push_back(&op);
  b.setInsertionPoint(kernel.getBlock().getTerminator());
  int64_t cluster = create(), warps = 0;
  for (Operation *op : llvm::reverse(text))
    op->erase();
  for (auto role : kernel.getBlock().getOps<RoleOp>())
    warps = std::max(warps, int64_t(role.getFirstWarp()) + int64_t(role.getWarps()));
  kernel->setAttr("tile.schedule", ScheduleAttr::get(b.getContext(), warps, /*persistent=*/true, cluster));
}

Value ScheduleBuilder::createRing(int64_t stages, ArrayRef<int64_t> shape, Type element) {
  return RingOp::create(b, RingType::get(stages, shape, element));
}

Value ScheduleBuilder::createBarrier(int64_t stages, int64_t arrivals) {
  return BarrierOp::create(b, BarrierType::get(b.getContext(), stages), arrivals);
}

void ScheduleBuilder::createRole(StringRef name, int64_t firstWarp, int64_t warps, int64_t groups, int64_t registers,
                                 bool oneThread, RoleBody body) {
  auto role = RoleOp::create(b, name, firstWarp, warps, groups, registers, oneThread);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&role.getBody().emplaceBlock());
  body(role.getBlock().addArgument(b.getIndexType(), b.getLoc()));
  EndOp::create(b);
}

Value ScheduleBuilder::index(int64_t value) { return arith::ConstantIndexOp::create(b, value); }

Value ScheduleBuilder::start(int64_t stages, int64_t phase) {
  return StartOp::create(b, CursorType::get(b.getContext(), stages), phase);
}

Value ScheduleBuilder::advance(Value cursor, int64_t times) {
  for (int64_t n = 0; n < times; ++n)
    cursor = AdvanceOp::create(b, cursor);
  return cursor;
}

Value ScheduleBuilder::slot(Value ring, Value stage) {
  auto type = cast<RingType>(ring.getType());
  return SlotOp::create(b, SharedType::get(type.getShape(), type.getElementType()), ring, stage);
}

Value ScheduleBuilder::rowsOf(Value shared, Value first, int64_t count) {
  auto whole = cast<SharedType>(shared.getType());
  Type element = whole.getElementType();
  auto part = whole.getRank() == 1 ? SharedType::get({count}, element)
                                   : SharedType::get({count, whole.getShape()[1]}, element, whole.getPitch());
  return RowsOp::create(b, part, shared, first);
}

void ScheduleBuilder::oneThread(llvm::function_ref<void()> body) {
  auto once = OneThreadOp::create(b);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&once.getBody().emplaceBlock());
  body();
}

void ScheduleBuilder::ifThen(Value condition, llvm::function_ref<void()> body, llvm::function_ref<void()> otherwise) {
  auto branch = scf::IfOp::create(b, condition, /*withElseRegion=*/bool(otherwise));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  body();
  if (otherwise) {
    b.setInsertionPointToStart(branch.elseBlock());
    otherwise();
  }
}

void ScheduleBuilder::cloneScalars(Block &block, IRMapping &mapping) {
  for (Operation &op : block) {
    if (isa<RingOp>(op)) // what the schedule adds comes behind the text
      return;
    auto isTile = [](Type type) { return isa<TileType>(type); };
    if (op.getNumResults() > 0 && op.getNumRegions() == 0 && !isa<BlockIdOp>(op) &&
        llvm::none_of(op.getResultTypes(), isTile) && llvm::none_of(op.getOperandTypes(), isTile))
      b.clone(op, mapping);
  }
}

SmallVector<Value> ScheduleBuilder::mapped(OperandRange values, const IRMapping &mapping) {
  return llvm::map_to_vector(values, [&](Value value) { return mapping.lookupOrDefault(value); });
}
