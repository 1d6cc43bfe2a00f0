//===- TilePlacement.cpp - Where a block of threads keeps a text's tiles --===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TilePlacement.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

static int64_t elementBytes(TileType type) { return type.getElementType().getIntOrFloatBitWidth() / 8; }

int64_t braid::hopper::sharedRowStride(TileType type) {
  int64_t bytes = type.getColumns() * elementBytes(type);
  if (type.getRows() == 1 || bytes < 16)
    return type.getColumns();
  int64_t pieces = llvm::divideCeil(bytes, 16);
  return (pieces | 1) * 16 / elementBytes(type);
}

int64_t braid::hopper::sharedBytes(TileType type) {
  return llvm::alignTo(type.getRows() * sharedRowStride(type) * elementBytes(type), 16);
}

static bool isTile(Value value) { return isa<TileType>(value.getType()); }

int64_t TilePlacement::run(const llvm::DenseSet<Value> &recomputed) {
  numberOperations();
  lastReads.clear();
  inlined = recomputed;
  // A user's decision comes before its operands'.
  for (Operation *op : llvm::reverse(order))
    decideInline(op);
  for (Operation *op : order)
    forReads(op, [&](Value value, bool) {
      int &last = lastReads.try_emplace(value, 0).first->second;
      last = std::max(last, lifted(op, value));
    });
  for (Operation *op : order)
    place(op);
  mergeControlFlow();
  bool reduces = llvm::any_of(order, llvm::IsaPred<ReduceOp>);
  return bytes = assignOffsets(reduces ? reductionBytes : 0);
}

//===----------------------------------------------------------------------===//
// Inline
//===----------------------------------------------------------------------===//

/// Whether each element is asked for at most once, by an operation of the same block that finds the same in memory.
bool TilePlacement::mayInline(Operation *op) const {
  Value value = op->getResult(0);
  if (!value.hasOneUse())
    return false;
  OpOperand &use = *value.use_begin();
  Operation *user = use.getOwner();
  if (user->getBlock() != op->getBlock() || isa<BroadcastOp, RecurrenceOp>(user))
    return false;
  if (isa<MmaOp>(user) && use.getOperandNumber() < 2)
    return false;
  // A change of shape is inline, so its own reader counts.
  if (isa<TransposeOp, ReshapeOp>(user) && !mayInline(user))
    return false;
  auto load = dyn_cast<LoadOp>(op);
  return !load || findsTheSame(load);
}

void TilePlacement::decideInline(Operation *op) {
  if (op->getNumResults() != 1 || !isTile(op->getResult(0)))
    return;
  if (isa<SplatOp, BroadcastOp, TransposeOp, ReshapeOp>(op) || (isa<LoadOp, MapOp>(op) && mayInline(op)))
    inlined.insert(op->getResult(0));
}

void TilePlacement::forReads(Operation *op, ReadBody body) const {
  if (op->getNumResults() == 1 && isInline(op->getResult(0)))
    return;
  for (OpOperand &operand : op->getOpOperands()) {
    bool sameElement = isa<MapOp, scf::YieldOp>(op) || (isa<MmaOp>(op) && operand.getOperandNumber() == 2);
    if (isTile(operand.get()))
      expand(operand.get(), sameElement, body);
  }
}

Value TilePlacement::largestRecomputable() const {
  llvm::DenseSet<Value> written;
  kernel->walk([&](Operation *op) {
    if (auto store = dyn_cast<StoreOp>(op))
      written.insert(store.getView());
    if (auto write = dyn_cast<WriteOp>(op))
      written.insert(write.getView());
  });
  Value largest;
  for (Operation *op : order) {
    if (!isa<LoadOp, MapOp>(op) || isInline(op->getResult(0)))
      continue;
    auto load = dyn_cast<LoadOp>(op);
    bool fromViews = load ? !written.contains(load.getView())
                          : llvm::all_of(op->getOperands(), [&](Value operand) { return isInline(operand); });
    auto size = [](Value tile) { return sharedBytes(cast<TileType>(tile.getType())); };
    if (fromViews && (!largest || size(op->getResult(0)) > size(largest)))
      largest = op->getResult(0);
  }
  return largest;
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

int TilePlacement::rowsFor(TileType type, Range range) {
  return newPlace(PlaceKind::Rows, sharedRowStride(type), sharedBytes(type), range);
}

void TilePlacement::place(Operation *op) {
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return placeCarried(loop);
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return placeResults(branch);
  int point = pointOf(op);
  for (Value result : op->getResults()) {
    if (!isTile(result) || isInline(result))
      continue;
    placeOf[result] = rowsFor(cast<TileType>(result.getType()), {point, std::max(point, lastRead(result))});
    if (isa<MmaOp, MapOp>(op))
      shareWithOperand(op);
  }
}

/// Every thread reads an accumulator's or a map's operand's element before it writes the result's, and no other one.
void TilePlacement::shareWithOperand(Operation *op) {
  SmallVector<Value> candidates, others;
  forReads(op, [&](Value value, bool sameElement) { (sameElement ? candidates : others).push_back(value); });
  // What a loop carries first: then nothing is copied at the end of a turn.
  llvm::stable_sort(candidates, [](Value a, Value b) { return isa<BlockArgument>(a) > isa<BlockArgument>(b); });
  for (Value candidate : candidates) {
    int place = find(placeOf.lookup(candidate));
    bool readOtherwise = llvm::any_of(others, [&](Value v) { return find(placeOf.lookup(v)) == place; });
    if (!readOtherwise && candidate.getType() == op->getResult(0).getType() &&
        merge(place, placeOf.lookup(op->getResult(0)), /*mayTouch=*/true))
      return;
  }
}
