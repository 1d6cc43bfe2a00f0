//===- Contraction.h - Products of tiles ----------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETOVECTOR_CONTRACTION_H
#define BRAID_LIB_CONVERSION_TILETOVECTOR_CONTRACTION_H

#include "ElementSource.h"
#include "WordFormat.h"

namespace braid::tile {

/// Brings the elements of a tile into the order of `format` at `storage`, and sets `storage.rows`.
void packOperand(mlir::Value tile, const OperandFormat &format, Storage &storage, KernelContext &context);

/// Adds a * b to the rows at `accumulator`, a register block at a time.
void multiplyAdd(MmaOp mma, const Storage &a, const Storage &b, const Storage &accumulator, KernelContext &context);

/// The square of words with rows and columns exchanged; as many vectors as lanes.
llvm::SmallVector<mlir::Value> transposeWords(llvm::ArrayRef<mlir::Value> rows, Code &code);

} // namespace braid::tile

#endif // BRAID_LIB_CONVERSION_TILETOVECTOR_CONTRACTION_H
