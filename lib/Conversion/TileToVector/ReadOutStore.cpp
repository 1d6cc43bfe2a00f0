//===- ReadOutStore.cpp - Storing what a recurrence makes -----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReadOutStore.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace braid;
using namespace braid::tile;

static bool isTile(Value value) { return isa<TileType>(value.getType()); }

static bool isInline(Operation *op) {
  auto place = op->getAttrOfType<PlaceAttr>("tile.place");
  return place && place.getKind() == PlaceKind::Inline;
}

/// Whether an operation emits nothing where it stands, or nothing that a tile's memory matters to.
static bool mayStandBetween(Operation &op) {
  if (llvm::any_of(op.getResults(), isTile))
    return isInline(&op);
  return isMemoryEffectFree(&op) && op.getNumRegions() == 0 && llvm::none_of(op.getOperands(), isTile);
}

/// Whether the elements of `tile` can be computed as those of the read-out are made, in vectors of as many lanes: the
/// other tiles that it is computed from are in memory by then.
static bool canFollow(Value tile, RecurrenceOp recurrence) {
  int64_t bytes = bytesOf(recurrence.getResult().getType().getElementType());
  auto isWider = [&](Type type) { return isa<FloatType>(type) && bytesOf(type) > bytes; };
  if (tile == recurrence.getLast() || isWider(cast<TileType>(tile.getType()).getElementType()))
    return false;
  Operation *op = tile.getDefiningOp();
  if (!op || !isInline(op))
    return true;
  if (auto map = dyn_cast<MapOp>(op))
    for (Operation &inner : map.getBlock())
      if (llvm::any_of(inner.getResultTypes(), isWider))
        return false;
  return llvm::all_of(op->getOperands(), [&](Value operand) {
    return !isTile(operand) || canFollow(operand, recurrence);
  });
}

/// Whether a recurrence that computes the elements of `tile` itself still finds them when rows above have been stored.
static bool staysReadable(Value tile, StoreOp store) {
  Operation *op = tile.getDefiningOp();
  if (!op || !isInline(op))
    return true;
  if (auto load = dyn_cast<LoadOp>(op))
    return load.getView() != store.getView() || load.getIndices() == store.getIndices();
  return llvm::all_of(op->getOperands(), [&](Value operand) { return !isTile(operand) || staysReadable(operand, store); });
}

/// Whether the read-out is among what `tile` is computed from.
static bool follows(Value tile, RecurrenceOp recurrence) {
  if (tile == recurrence.getResult())
    return true;
  Operation *op = tile.getDefiningOp();
  return op && isInline(op) && llvm::any_of(op->getOperands(), [&](Value operand) {
    return isTile(operand) && follows(operand, recurrence);
  });
}

StoreOp braid::tile::storeOfReadOut(RecurrenceOp recurrence, const CPUTargetInfo &target) {
  TileType type = recurrence.getResult().getType();
  int64_t lanes = target.vectorBits / 8 / bytesOf(type.getElementType());
  // Of one row nothing is gained.
  if (!recurrence.getResult().hasOneUse() || recurrence.getTokens() == 1 || recurrence.getChannels() % lanes != 0)
    return {};
  Operation *next = recurrence->getNextNode();
  while (!isa<StoreOp>(next) && mayStandBetween(*next) && next->getNextNode())
    next = next->getNextNode();
  auto store = dyn_cast<StoreOp>(next);
  bool isTaken = store && store.getValue().getType().getShape() == type.getShape() &&
                 follows(store.getValue(), recurrence) && canFollow(store.getValue(), recurrence) &&
                 staysReadable(recurrence.getU(), store);
  return isTaken ? store : StoreOp();
}

/// Whether the lines that a load or store wants in the next turn are asked for while the recurrence works.
template <typename AccessOp>
static bool isAskedForBy(RecurrenceOp recurrence, AccessOp access, TileType type, const CPUTargetInfo &target) {
  if (type.getShape() != recurrence.getResult().getType().getShape() || rowsAhead(access) == 0)
    return false;
  StoreOp store = storeOfReadOut(recurrence, target);
  return store && (access == store || access->isBeforeInBlock(store));
}

template <typename AccessOp> static bool isAskedFor(AccessOp access, TileType type, const CPUTargetInfo &target) {
  return llvm::any_of(access->getBlock()->template getOps<RecurrenceOp>(), [&](RecurrenceOp recurrence) {
    return isAskedForBy(recurrence, access, type, target);
  });
}

int64_t braid::tile::rowsToAskFor(LoadOp load, const CPUTargetInfo &target) {
  return isAskedFor(load, load.getType(), target) ? 0 : rowsAhead(load);
}

int64_t braid::tile::rowsToAskFor(StoreOp store, const CPUTargetInfo &target) {
  return isAskedFor(store, store.getValue().getType(), target) ? 0 : rowsAhead(store);
}

SmallVector<NextLines> braid::tile::linesOfNextTurn(RecurrenceOp recurrence, KernelContext &context) {
  SmallVector<NextLines> lines;
  for (Operation &op : *recurrence->getBlock()) {
    if (auto load = dyn_cast<LoadOp>(op); load && isAskedForBy(recurrence, load, load.getType(), context.target))
      lines.push_back({ViewAccess(load, context), rowsAhead(load), /*areWritten=*/false});
    auto store = dyn_cast<StoreOp>(op);
    if (store && isAskedForBy(recurrence, store, store.getValue().getType(), context.target))
      lines.push_back({ViewAccess(store, context), rowsAhead(store), /*areWritten=*/true});
  }
  return lines;
}
