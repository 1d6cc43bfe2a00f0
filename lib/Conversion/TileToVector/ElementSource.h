//===- ElementSource.h - The elements of a tile, as vectors ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Whoever consumes a tile (a store, a reduction, a product's packing) walks its
// rows and columns and asks this class for vectors of its elements. The tile may
// be in memory or a tree of inline maps, broadcasts and loads over tiles in
// memory: then the vector is computed on the spot. Work that does not depend on
// the column is emitted once for a row, and what depends on neither once for
// the whole walk.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETOVECTOR_ELEMENTSOURCE_H
#define BRAID_LIB_CONVERSION_TILETOVECTOR_ELEMENTSOURCE_H

#include "ColumnBound.h"
#include "ViewAccess.h"

namespace braid::tile {

class ElementSource {
public:
  /// Emits the clipping of the loads in the tree.
  ElementSource(mlir::Value tile, KernelContext &context);

  /// Whether every load is inside memory, for the rows [low, high) (all rows if null): null if that is known, else i1.
  mlir::Value allInside(mlir::Value low = {}, mlir::Value high = {});
  /// The widest element computed with, in bytes.
  int64_t widestBytes() const { return widest; }
  mlir::Type elementType() const;
  /// A bound on the rows that are more than zeros, if the tile is a clipped load; null otherwise.
  mlir::Value rowLimit() const;

  /// Starts a walk here. `inside` says that allInside() holds.
  void beginWalk(bool inside);

  /// One row of a walk.
  struct Row {
    mlir::Value index;
    mlir::Operation *mark;
    llvm::DenseMap<std::pair<mlir::Value, int64_t>, mlir::Value> cache; // by tile and lanes (0: pointers and bounds)
  };
  Row beginRow(mlir::Value index);

  /// Elements (row, column) .. (row, column + lanes - 1). Those from `valid` on are beyond the tile: they hold anything
  /// and are not read from views.
  mlir::Value vector(Row &row, mlir::Value column, int64_t lanes, int64_t valid);
  /// The same where those of `known`, a tile in the tree, are at hand.
  mlir::Value vectorFrom(mlir::Value known, mlir::Value elements, Row &row, mlir::Value column, int64_t lanes);

  /// Asks for the memory of element (row + rowsAhead, column) if the tile is a load: for the second level of cache, before
  /// anything else reads it. What lies outside the view is not touched by this. The request is made where `value` is and
  /// passes it on.
  mlir::Value prefetchWith(mlir::Value value, Row &row, int64_t rowsAhead, mlir::Value column);
  /// Asks for whole rows of the loads in the tree, each `rowsAhead(load)` further on, where this is called; not if that is 0.
  void prefetchRows(Row &row, llvm::function_ref<int64_t(LoadOp)> rowsAhead);

private:
  mlir::Value rowAhead(LoadOp load, Row &row, int64_t rowsAhead);
  void collect(mlir::Value tile);
  mlir::Value elements(mlir::Value tile, Row &row, mlir::Value column, int64_t lanes, int64_t valid);
  mlir::Value loaded(LoadOp load, Row &row, mlir::Value column, int64_t lanes, int64_t valid);
  mlir::Value mapped(MapOp map, Row &row, mlir::Value column, int64_t lanes, int64_t valid);
  mlir::Value broadcast(BroadcastOp op, Row &row, mlir::Value column, int64_t lanes);
  mlir::Value mask(LoadOp load, const ViewAccess &access, Row &row, mlir::Value column, int64_t lanes);
  mlir::Value positions(mlir::Value column, int64_t lanes);
  mlir::Value isInside(const ViewAccess &access, const Row &row);
  mlir::Value compared(mlir::arith::CmpIOp comparison, const ColumnBound &bound, int64_t tileColumns, Row &row,
                       mlir::Value column, int64_t lanes);
  mlir::Value invariant(mlir::Value scalar, int64_t lanes);

  mlir::Value tile;
  KernelContext &context;
  llvm::MapVector<mlir::Operation *, ViewAccess> accesses;
  int64_t widest = 1;
  bool inside = true;
  mlir::Operation *mark = nullptr;
  llvm::DenseMap<std::pair<mlir::Value, int64_t>, mlir::Value> walkCache;
  llvm::DenseMap<mlir::Value, mlir::Value> computed; // of the vector being made
};

} // namespace braid::tile

#endif // BRAID_LIB_CONVERSION_TILETOVECTOR_ELEMENTSOURCE_H
