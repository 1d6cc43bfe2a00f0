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

/// The elements of a tile as words along its rows.
class RowWords {
public:
  RowWords(mlir::Value tile, const WordFormat &word, KernelContext &context);

  /// body(first word, valid) for each vector of words of a row: `valid` is how many of them exist if these are the row's
  /// last, more than a vector has if not. `carried`, which the body changes, goes from turn to turn.
  void forVectors(llvm::function_ref<void(mlir::Value, int64_t)> body, llvm::SmallVectorImpl<mlir::Value> &carried);
  void forVectors(llvm::function_ref<void(mlir::Value, int64_t)> body) {
    llvm::SmallVector<mlir::Value> none;
    forVectors(body, none);
  }
  /// The words of a row from `first` on. An odd end is filled with a zero.
  mlir::Value vector(ElementSource::Row &row, mlir::Value first, int64_t valid);
  /// For up to as many rows as a vector has lanes: vector i holds word first + i of each row, zeros for missing rows.
  llvm::SmallVector<mlir::Value> square(llvm::MutableArrayRef<ElementSource::Row> rows, mlir::Value first,
                                        int64_t valid);
  mlir::Value asWords(mlir::Value elements) const;
  /// Asks for the words of a row `rowsAhead` further on.
  void prefetch(ElementSource::Row &row, int64_t rowsAhead, mlir::Value first) {
    source.prefetch(row, rowsAhead, code.mul(first, perWord()));
  }

  ElementSource source;
  mlir::Type wordType;

private:
  int64_t perWord() const { return word.kind == WordFormat::Kind::Pair ? 2 : 1; }

  WordFormat word;
  Code &code;
  int64_t columns;
};

/// Brings the elements of a tile into the order of `format` at `storage`, and sets `storage.rows`.
void packOperand(mlir::Value tile, const OperandFormat &format, Storage &storage, KernelContext &context);

/// Writes the product's result to `result`, a register block at a time. The accumulator's elements are there already if
/// it `startsInMemory`, else they are computed.
void multiplyAdd(MmaOp mma, const Storage &a, const Storage &b, const Storage &result, bool startsInMemory,
                 KernelContext &context);

/// The same for few rows: the right operand's tile is a load, [n, k]; its words are transposed in registers on their way
/// from memory, and nothing is packed.
void multiplyAddStreaming(MmaOp mma, const Storage &a, const Storage &accumulator, KernelContext &context);

/// The square of words with rows and columns exchanged; as many vectors as lanes.
llvm::SmallVector<mlir::Value> transposeWords(llvm::ArrayRef<mlir::Value> rows, Code &code);

} // namespace braid::tile

#endif // BRAID_LIB_CONVERSION_TILETOVECTOR_CONTRACTION_H
