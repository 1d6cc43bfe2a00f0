//===- ViewAccess.h - A rectangle of a view, clipped ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETOVECTOR_VIEWACCESS_H
#define BRAID_LIB_CONVERSION_TILETOVECTOR_VIEWACCESS_H

#include "KernelContext.h"

namespace braid::tile {

/// Where a load or store of a tile touches memory. Row i and column j of the tile are inside the view and its valid
/// ranges if rowLow <= i < rowHigh and columnLow <= j < columnHigh; all four lie within the tile.
struct ViewAccess {
  ViewAccess(LoadOp load, KernelContext &context);
  ViewAccess(StoreOp store, KernelContext &context);

  mlir::Value rowPointer(mlir::Value row, KernelContext &context) const;

  mlir::Type element;
  int64_t rows, columns;
  mlir::Value origin; // address of element (0, 0), which need not exist
  int64_t rowPitch;   // elements between rows
  mlir::Value rowLow, rowHigh, columnLow, columnHigh;
  bool allRows, allColumns; // known at compile time

private:
  template <typename AccessOp> void build(AccessOp op, TileType tile, KernelContext &context);
};

/// How many rows further on the next turn of the loop around it loads or stores, where its rows follow those of this turn;
/// else 0.
int64_t rowsAhead(LoadOp load);
int64_t rowsAhead(StoreOp store);

} // namespace braid::tile

#endif // BRAID_LIB_CONVERSION_TILETOVECTOR_VIEWACCESS_H
