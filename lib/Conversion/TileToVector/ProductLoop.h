//===- ProductLoop.h - What the loops of a product share -----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETOVECTOR_PRODUCTLOOP_H
#define BRAID_LIB_CONVERSION_TILETOVECTOR_PRODUCTLOOP_H

#include "Contraction.h"

namespace braid::tile {

/// The left operand's words and the sums of one product.
class ProductLoop {
protected:
  /// The sums begin as `initial` where that is not null, else as what lies at `accumulator`.
  ProductLoop(MmaOp mma, const Storage &a, const Storage &accumulator, KernelContext &context,
              mlir::Value initial = {});

  /// body(first row, rows) for blocks of `blockRows` rows. Rows of zeros are left out where they are known: they add
  /// nothing.
  void forRowBlocks(int64_t blockRows, llvm::function_ref<void(mlir::Value, int64_t)> body);

  /// The sums of `rows` rows from `firstRow` on, in vectors from `firstColumn` on.
  struct Sums {
    llvm::SmallVector<mlir::Value> addresses, values; // by row, then by vector
  };
  Sums loadSums(mlir::Value firstRow, int64_t rows, mlir::Value firstColumn, int64_t vectors);
  void storeSums(const Sums &sums);

  /// Word `k` of row `r` behind `block`, in every lane of a vector.
  mlir::Value leftWord(mlir::Value block, int64_t r, int64_t k);
  mlir::Value leftBlock(mlir::Value firstRow, mlir::Value firstWord);
  mlir::Value multiplyAdd(mlir::Value x, mlir::Value y, mlir::Value sum);

  Code &code;
  std::optional<ElementSource> initial;
  OperandFormat left;
  WordFormat word;
  const Storage &a, &c;
  int64_t m, n, words;
  mlir::Type accumulatorType, wordType;
  int64_t leftRow, leftStep; // distances in words
};

} // namespace braid::tile

#endif // BRAID_LIB_CONVERSION_TILETOVECTOR_PRODUCTLOOP_H
