//===- ScheduledSequenceOps.cpp - Constraints of what sequence operators add ===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The numbers beside the checks are those of the constraints in
// ScheduledSequenceOps.td.
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace braid::tile;

template <typename Op> static LogicalResult verifyTransposed(Op op, TileType tile, SharedType shared) {
  if (tile.getElementType() != shared.getElementType() || tile.getElementType().getIntOrFloatBitWidth() != 16) // 1
    return op.emitOpError("expects the same elements of 16 bits, found ") << tile << " and " << shared;
  bool fits = tile.getRank() == 2 && shared.getRank() == 2 && tile.getShape()[0] == shared.getShape()[1] &&
              tile.getShape()[1] == shared.getShape()[0] && tile.getShape()[0] % 64 == 0 && tile.getShape()[1] % 16 == 0;
  if (!fits) // 2
    return op.emitOpError("expects exchanged sizes, the tile's rows a multiple of 64 and its columns one of 16, found ")
           << tile << " and " << shared;
  return success();
}

LogicalResult LoadTransposedOp::verify() { return verifyTransposed(*this, getType(), getShared().getType()); }

LogicalResult StoreTransposedOp::verify() {
  return verifyTransposed(*this, getValue().getType(), getShared().getType());
}
