//===- AttentionText.h - The parts of an attention's text -----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_ATTENTIONTEXT_H
#define BRAID_LIB_CONVERSION_TILETONVVM_ATTENTIONTEXT_H

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <optional>

namespace braid::hopper {

/// What the schedule needs of a text that attends from a tile of queries to the positions up to each, page by page, with a
/// running maximum and sum of weights (lib/Conversion/BraidToTile/Attention.cpp).
struct AttentionText {
  /// The parts of this kernel's text, if it computes exactly this.
  static std::optional<AttentionText> match(tile::KernelOp kernel);

  mlir::scf::IfOp block;      // whether there are queries, and the rest
  mlir::scf::ForOp steps;     // over positions
  tile::LoadOp queries, keys, values;
  tile::StoreOp result;
  tile::StoreOp logSumExp;    // null if the text has none
  mlir::Value first;          // the position of the first query
  mlir::Value counter;        // of work, which the text does not read; null if the kernel has none
  double scale = 0;           // of scores

  mlir::Type element() const { return typeOf(queries).getElementType(); }
  int64_t numQueries() const { return typeOf(queries).getRows(); }
  int64_t numKeys() const { return typeOf(keys).getRows(); }
  int64_t headDim() const { return typeOf(keys).getColumns(); }
  /// Tokens of the call: the block's first, and the first behind its row.
  mlir::Value firstToken() { return result.getIndices()[rowDimension(result)]; }
  mlir::Value endOfRow() { return result.getUpper()[0]; }

private:
  static tile::TileType typeOf(tile::LoadOp load) { return load.getType(); }
  static int64_t rowDimension(tile::StoreOp store) { return store.getView().getType().getRank() - 2; }
  bool matchKernel(tile::KernelOp kernel);
  bool matchSteps();
  bool matchResults();
  bool isOfBlock(tile::StoreOp store);
};

/// The function of a map as a formula: operands a, b, ..; coordinates i, j; and x0, x1, .. for what comes from outside and
/// for constants, which are appended in the order they are met.
std::string formulaOf(tile::MapOp map, llvm::SmallVectorImpl<mlir::Value> &outside);

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_ATTENTIONTEXT_H
