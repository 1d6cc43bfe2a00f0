//===- ScheduledNamedBarrierOps.cpp - Constraints of named barriers -------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The numbers beside the checks are those of the constraints in
// ScheduledNamedBarrierOps.td.
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace braid::tile;

LogicalResult NamedBarrierOp::verify() {
  if (int64_t count = getType().getCount(); count < 1 || count > 15) // 2
    return emitOpError("expects 1 to 15 barriers, found ") << count;
  return success();
}

static LogicalResult verifyWholeGroup(Operation *op) {
  auto role = op->getParentOfType<RoleOp>();
  if (!role || role.getOneThread() || op->getParentOfType<OneThreadOp>()) // 1
    return op->emitOpError("expects all threads of a role's group, found ") << (role ? "one" : "no role");
  return success();
}

LogicalResult NamedSyncOp::verify() { return verifyWholeGroup(*this); }

LogicalResult NamedArriveOp::verify() { return verifyWholeGroup(*this); }
