//===- TextSlice.h - Some rows and columns of a text's tiles --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The text computes with whole tiles; a group of threads makes a few rows and
// columns of the result at a time. A slice of a tile is computed from slices of
// what it is made of, up to loads, whose indices move, and to sums that are
// known already.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_TEXTSLICE_H
#define BRAID_LIB_CONVERSION_TILETONVVM_TEXTSLICE_H

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace braid::hopper {

/// The rows [firstRow, firstRow + rows) and columns [firstColumn, firstColumn + columns) of tiles of one shape.
class TextSlice {
public:
  TextSlice(mlir::ImplicitLocOpBuilder &builder, const mlir::IRMapping &scalars, mlir::Value firstRow, int64_t rows,
            int64_t firstColumn, int64_t columns)
      : b(builder), scalars(scalars), firstRow(firstRow), rows(rows), firstColumn(firstColumn), columns(columns) {}

  /// Says that the rows of `whole` from firstRow on are `part`, whose columns are all of whole's.
  void know(mlir::Value whole, mlir::Value part) { known[whole] = part; }

  /// Whether a tile's rows and columns can be computed from those of `known` and of memory.
  static bool isPossible(mlir::Value tile, mlir::Value known);

  /// The slice of a tile of the text, one that is possible.
  mlir::Value of(mlir::Value tile);
  /// An access's indices for the slice.
  llvm::SmallVector<mlir::Value> indices(mlir::OperandRange whole, bool hasRows, bool hasColumns);

private:
  enum class Axis { Both, Rows, Columns };
  mlir::Value of(mlir::Value tile, Axis axis);
  tile::TileType typeOf(mlir::Value tile, Axis axis) const;
  mlir::Value sliceMap(tile::MapOp map, Axis axis);

  mlir::ImplicitLocOpBuilder &b;
  const mlir::IRMapping &scalars;
  mlir::Value firstRow;
  int64_t rows, firstColumn, columns;
  llvm::DenseMap<mlir::Value, mlir::Value> known;
  llvm::DenseMap<mlir::Value, mlir::Value> made;
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_TEXTSLICE_H
