//===- GeneralSchedule.cpp - How Hopper runs any text ---------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GeneralSchedule.h"
#include "PieceCopy.h"
#include "SharedPlan.h"
#include "TilePlacement.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

LogicalResult GeneralSchedule::run() {
  if (failed(checkFunctions()))
    return failure();
  sinkLoads();
  TilePlacement placement(kernel);
  llvm::DenseSet<Value> recomputed;
  int64_t bytes = 0;
  while ((bytes = placement.run(recomputed)) > SharedPlan::limit) {
    Value largest = placement.largestRecomputable();
    if (!largest)
      return kernel.emitOpError("has no schedule for Hopper: expected tiles that fit ")
             << SharedPlan::limit << " bytes of shared memory, found " << bytes;
    recomputed.insert(largest);
  }
  placement.annotate();
  kernel->setAttr("tile.schedule", ScheduleAttr::get(kernel.getContext(), chooseWarps(), /*persistent=*/false));
  return success();
}

/// Functions of f64 that a GPU has no instruction for, except for the powers of two that a rotary embedding's angles need.
LogicalResult GeneralSchedule::checkFunctions() {
  WalkResult result = kernel.walk([&](Operation *op) {
    bool isFunction = isa<math::MathDialect>(op->getDialect());
    bool hasInstruction = isa<math::AbsFOp, math::FmaOp, math::SqrtOp, math::RsqrtOp, math::Exp2Op>(op);
    if (!isFunction || hasInstruction || !op->getResult(0).getType().isF64())
      return WalkResult::advance();
    op->emitOpError("has no lowering to Hopper in f64");
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

/// Moves each load to its first user, over what writes no memory: then what it loads takes memory for a shorter time.
void GeneralSchedule::sinkLoads() {
  SmallVector<LoadOp> loads;
  kernel.walk([&](LoadOp load) { loads.push_back(load); });
  for (LoadOp load : loads) {
    Block *home = load->getBlock();
    Operation *first = nullptr;
    for (Operation *user : load->getUsers()) {
      Operation *here = home->findAncestorOpInBlock(*user);
      if (!first || here->isBeforeInBlock(first))
        first = here;
    }
    for (Operation *next = load->getNextNode(); first && next != first; next = load->getNextNode()) {
      bool mayWrite = !isMemoryEffectFree(next) && !isa<LoadOp, ReadOp>(next);
      if (mayWrite)
        break;
      load->moveAfter(next);
    }
  }
}

/// A thread for each element of the largest tile, or for each piece where it is copied in pieces; up to 256 of them.
int64_t GeneralSchedule::chooseWarps() {
  int64_t elements = 32;
  llvm::DenseMap<Value, int64_t> pieces;
  kernel.walk([&](StoreOp store) { pieces[store.getValue()] = pieceOf(store); });
  kernel.walk([&](Operation *op) {
    for (Value result : op->getResults())
      if (auto tile = dyn_cast<TileType>(result.getType()))
        elements = std::max(elements, tile.getRows() * tile.getColumns() / std::max<int64_t>(pieces.lookup(result), 1));
  });
  return std::min<int64_t>(256, llvm::PowerOf2Ceil(elements)) / 32;
}
