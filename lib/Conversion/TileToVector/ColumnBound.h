//===- ColumnBound.h - Masks that end at a column --------------*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A causal mask is a map's `select(start + j <= first + i, value, constant)`. Of
// such a comparison we know more than its lanes: in row i it holds up to one
// column and for none behind it. So it costs one comparison with a number that
// is made once for a row, what lies behind that column need not be computed, and
// a product needs neither the blocks of a result that are masked nor the words
// of a left operand that are zero.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETOVECTOR_COLUMNBOUND_H
#define BRAID_LIB_CONVERSION_TILETOVECTOR_COLUMNBOUND_H

#include "KernelContext.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace braid::tile {

/// A comparison of indices in a map that holds in row i for the columns j <= bound(i), for j >= bound(i), or for j ==
/// bound(i).
class ColumnBound {
public:
  /// Null if the comparison does not depend on the column so.
  static std::optional<ColumnBound> of(mlir::arith::CmpIOp comparison, MapOp map);

  /// sle, sge or eq.
  mlir::arith::CmpIPredicate getPredicate() const { return predicate; }
  /// The bound of one row, an index, perhaps outside the tile. It rises with the row or is the same for all.
  mlir::Value in(mlir::Value row, KernelContext &context) const;

private:
  mlir::arith::CmpIPredicate predicate = mlir::arith::CmpIPredicate::sle;
  bool byRow = false;
  int64_t constant = 0;
  llvm::SmallVector<std::pair<mlir::Value, int64_t>, 4> terms; // scalars of the kernel, and how often they count
};

/// A tile whose elements behind a column that rises with the row are one constant.
struct MaskedTile {
  static std::optional<MaskedTile> of(mlir::Value tile);
  bool fillsWithZero() const;
  /// The last column of a row that is more, an index, perhaps outside the tile.
  mlir::Value last(mlir::Value row, KernelContext &context) const;
  /// For the vectors of a row of `columns`, a multiple of `lanes`: compute(column) where one holds more than the constant,
  /// else store(constant).
  void forVectors(mlir::Value row, int64_t columns, int64_t lanes, llvm::function_ref<void(mlir::Value)> compute,
                  llvm::function_ref<void(mlir::Value, mlir::Value)> store, KernelContext &context) const;

  llvm::SmallVector<ColumnBound, 2> bounds; // the largest counts
  mlir::TypedAttr fill;
};

/// What a product need not do for masks.
struct ProductMask {
  static ProductMask of(MmaOp mma);

  std::optional<MaskedTile> result; // all that reads the result, and only up to its last column
  std::optional<MaskedTile> left;   // the left operand, zero behind its last column
};

} // namespace braid::tile

#endif // BRAID_LIB_CONVERSION_TILETOVECTOR_COLUMNBOUND_H
