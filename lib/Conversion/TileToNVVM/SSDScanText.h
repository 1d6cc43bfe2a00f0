//===- SSDScanText.h - The parts of a scan's text ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_SSDSCANTEXT_H
#define BRAID_LIB_CONVERSION_TILETONVVM_SSDSCANTEXT_H

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SetVector.h"

namespace braid::hopper {

/// Whether of the tile in a view rows are cut, and nothing else: here tokens.
inline bool areTokensCut(tile::ViewType view, llvm::ArrayRef<int64_t> validDims) {
  return validDims == llvm::ArrayRef<int64_t>{int64_t(view.getRank()) - 2};
}

/// What the schedule needs of a text that walks a row's chunks with a state carried (lib/Conversion/BraidToTile/SSDScan.cpp):
/// one that makes results, or one that makes states alone.
class SSDScanText {
public:
  explicit SSDScanText(tile::KernelOp kernel);

  /// Finds the parts. False where the kernel computes anything else.
  bool match();
  bool makesResults() const { return bool(scores); }
  /// The state behind a chunk.
  mlir::Value nextState() { return outerRest ? outerRest.getResult() : outer.getResult(); }

  tile::KernelOp kernel;
  mlir::scf::IfOp real;                              // whether the block's row takes part, and the rest
  mlir::scf::ForOp loop;                             // over chunks
  tile::MmaOp scores, fromState, result, outer;      // C B^T, C S^T, M x, x^T B; the last alone makes states
  tile::MmaOp outerRest;                             // with what x has lost in rounding; null if the text has none
  tile::LoadOp x, bLoad, c, dt;
  tile::StoreOp store;                               // of a chunk's result
  tile::StoreOp stateStore;                          // of the state behind a chunk; null if the text has none
  llvm::SmallVector<tile::StoreOp> finalStores;      // behind the loop
  llvm::SetVector<mlir::Value> vectors;              // what depends on the step sizes and is spread over a matrix
  int64_t chunk = 0;

private:
  bool matchLoop();
  bool matchProducts();
  bool matchVectors();
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_SSDSCANTEXT_H
