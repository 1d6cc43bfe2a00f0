//===- ViewAddress.h - Where a tile lies in a view ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_VIEWADDRESS_H
#define BRAID_LIB_CONVERSION_TILETONVVM_VIEWADDRESS_H

#include "KernelContext.h"

namespace braid::hopper {

/// A tile's place in a view: addresses of its elements, and whether they lie in the view.
class ViewAddress {
public:
  ViewAddress(mlir::Value view, mlir::ValueRange indices, unsigned tileRank, KernelContext &context,
              const mlir::IRMapping &scalars);

  /// Coordinates in the tile are i32; a tile of rank 1 has columns alone.
  mlir::Value rowInside(mlir::Value row) const;
  mlir::Value columnInside(mlir::Value column) const;
  mlir::Value at(mlir::Value row, mlir::Value column) const;
  /// Along rows alone: for what many columns share.
  mlir::Value rowPointer(mlir::Value row) const;
  mlir::Value inRow(mlir::Value rowPointer, mlir::Value column) const;
  /// The pointer of a row a number of rows further.
  mlir::Value further(mlir::Value rowPointer, int64_t rows) const;
  /// Narrows the coordinates that lie inside along one of the view's dimensions to [low, high).
  void restrict(int64_t dimension, mlir::Value low, mlir::Value high);
  /// The same for all valid ranges of a load or store.
  template <typename AccessOp> void restrictTo(AccessOp op, const mlir::IRMapping &scalars) {
    for (auto [d, low, high] : llvm::zip(op.getValidDims(), op.getLower(), op.getUpper()))
      restrict(d, scalars.lookup(low), scalars.lookup(high));
  }
  /// Two neighbours from an even column on may be read or written at once.
  bool hasAlignedPairs() const { return alignedPairs; }

private:
  /// Inside from `low` to `high` in the view, null where nothing is outside; from `localLow` to `localHigh` in the tile,
  /// i32, once somebody asks in `block`: limits that no loop changes stay outside it.
  struct Range {
    mlir::Value index, low, high;
    mutable mlir::Value localLow, localHigh;
    mutable mlir::Block *block = nullptr;
  };
  mlir::Value inside(const Range &range, mlir::Value coordinate) const;
  static void narrow(Range &range, mlir::Value low, mlir::Value high, Code &code);
  mlir::Value local(mlir::Value limit, mlir::Value index) const;

  Code &code;
  tile::ViewType type;
  unsigned tileRank;
  mlir::Value start;   // address of the tile's element (0, 0)
  mlir::Value leading; // i1: the leading indices lie in the view; null if they do
  llvm::SmallVector<mlir::Value> indices;
  Range rows, columns;
  bool alignedPairs;
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_VIEWADDRESS_H
