//===- ScheduledRowOps.cpp - Constraints of rows reduced in parts ---------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The numbers beside the checks are those of the constraints in
// ScheduledRowOps.td.
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace braid::tile;

static bool isParts(TileType type) {
  return type.getRank() == 2 && type.getColumns() == 4 && type.getElementType().isF32();
}

LogicalResult FoldOp::verify() {
  TileType from = getInput().getType(), parts = getParts().getType();
  if (from.getRank() != 2 || !from.getElementType().isF32() || from.getColumns() % 8) // 1
    return emitOpError("expects a tile of f32 with columns a multiple of 8, found ") << from;
  if (!isParts(parts) || parts.getRows() != from.getRows()) // 2
    return emitOpError("expects four parts of each of ") << from.getRows() << " rows in f32, found " << parts;
  return success();
}

LogicalResult WhereAnyOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  llvm::append_range(types, adaptor.getKeep().getTypes());
  return success();
}

LogicalResult WhereAnyOp::verify() {
  TileType value = getValue().getType();
  if (!isParts(value) || value.getRows() % 64) // 1
    return emitOpError("expects a value of four parts in f32 for a multiple of 64 rows, found ") << value;
  for (Type kept : getKeep().getTypes()) { // 2
    auto tile = cast<TileType>(kept);
    if (tile.getRank() == 0 || tile.getShape().front() != value.getRows())
      return emitOpError("expects kept tiles of ") << value.getRows() << " rows, found " << tile;
  }
  Block &block = getBody().front();
  auto replace = block.empty() ? ReplaceOp() : dyn_cast<ReplaceOp>(block.back());
  if (block.getNumArguments() || !replace || replace.getTiles().getTypes() != getResultTypes()) // 3
    return emitOpError("expects a region without arguments that ends in a 'tile.replace' of the results' types");
  for (Operation &op : block)
    if (!isMemoryEffectFree(&op)) // 4
      return op.emitOpError("is not allowed in 'tile.where_any', which expects work without side effects");
  return success();
}

LogicalResult ClearRowsOp::verify() {
  if (getShared().getType().getRank() != 2) // 1
    return emitOpError("expects a tile of rank 2, found ") << getShared().getType();
  return success();
}

LogicalResult ReadSharedOp::verify() {
  SharedType type = getShared().getType();
  if (type.getRank() != 1 || getResult().getType() != type.getElementType()) // 1
    return emitOpError("expects an element of a vector, found ") << getResult().getType() << " of " << type;
  return success();
}

LogicalResult WriteSharedOp::verify() {
  SharedType type = getShared().getType();
  if (type.getRank() != 1 || getValue().getType() != type.getElementType()) // 1
    return emitOpError("expects an element of a vector, found ") << getValue().getType() << " for " << type;
  return success();
}
