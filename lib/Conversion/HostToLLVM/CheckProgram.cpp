//===- CheckProgram.cpp - Whether a program can be lowered -----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckProgram.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace braid {

/// At run time a view brings the size of its leading dimension alone.
static LogicalResult checkSizes(Operation *op, tile::ViewType view) {
  if (view.getShape().empty() || llvm::none_of(view.getShape().drop_front(), ShapedType::isDynamic))
    return success();
  return op->emitOpError() << "expects sizes that are known but for the first, found " << view;
}

static LogicalResult checkWeight(host::WeightOp op) {
  tile::ViewType view = op.getResult().getType();
  auto declared = SymbolTable::lookupNearestSymbolFrom<WeightOp>(op, op.getNameAttr());
  if (!declared)
    return op.emitOpError() << "refers to " << op.getNameAttr() << ", which is no weight";
  RankedTensorType type = declared.getTensorType();
  bool fits = type.getElementType() == view.getElementType() &&
              llvm::none_of(view.getShape(), ShapedType::isDynamic) &&
              ShapedType::getNumElements(view.getShape()) == type.getNumElements();
  if (fits)
    return success();
  return op.emitOpError() << "expects a view of " << type << ", as the weight is declared, found " << view;
}

static LogicalResult checkState(host::StateOp op) {
  tile::ViewType view = op.getResult().getType();
  auto declared = SymbolTable::lookupNearestSymbolFrom<StateOp>(op, op.getNameAttr());
  if (!declared)
    return op.emitOpError() << "refers to " << op.getNameAttr() << ", which is no state";
  if (declared.getTensorType().getElementType() != view.getElementType())
    return op.emitOpError() << "expects a view of " << declared.getTensorType().getElementType()
                            << ", as the state is declared, found " << view;
  return checkSizes(op, view);
}

static LogicalResult checkBuffer(host::BufferOp op) {
  std::optional<int64_t> offset = op.getOffset();
  if (!offset || *offset < 0)
    return op.emitOpError() << "expects its place in the arena, found none";
  return checkSizes(op, op.getResult().getType());
}

static LogicalResult checkLaunch(host::LaunchOp op) {
  for (Value argument : op.getArguments())
    if (isa<tile::ViewType>(argument.getType()) &&
        !isa_and_nonnull<host::ArgumentOp, host::ArrayOp, host::BufferOp, host::ResultOp, host::StateOp, host::ViewOp,
                         host::WeightOp>(argument.getDefiningOp()))
      return op.emitOpError() << "expects views that the host names, found " << argument;
  return success();
}

LogicalResult checkProgram(host::ProgramOp program) {
  std::optional<ArrayRef<int64_t>> arena = program.getArena();
  if (!arena || arena->size() != 3)
    return program.emitOpError() << "expects planned memory, found a program without 'arena' of three sizes";
  WalkResult walked = program.walk([](Operation *op) -> WalkResult {
    return llvm::TypeSwitch<Operation *, LogicalResult>(op)
        .Case([](host::WeightOp weight) { return checkWeight(weight); })
        .Case([](host::StateOp state) { return checkState(state); })
        .Case([](host::BufferOp buffer) { return checkBuffer(buffer); })
        .Case<host::ArgumentOp, host::ResultOp>([](auto op) { return checkSizes(op, op.getResult().getType()); })
        .Case([](host::LaunchOp launch) { return checkLaunch(launch); })
        .Default([](Operation *) { return success(); });
  });
  return failure(walked.wasInterrupted());
}

} // namespace braid
