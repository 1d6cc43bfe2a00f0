//===- TilePlacement.h - Where a block of threads keeps a text's tiles ----===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile is either computed where it is read, element by element, or lies in
// shared memory, row after row. The plan of one kernel:
//
//   1. Inline: changes of shape always; loads and maps whose elements are read
//      once, in their own block.
//   2. Places: what is left. A result takes its operand's memory if the operand
//      dies there and every element is read by the thread that writes it.
//   3. What all targets do with places: PlacePlan.h.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_TILEPLACEMENT_H
#define BRAID_LIB_CONVERSION_TILETONVVM_TILEPLACEMENT_H

#include "braid/Conversion/TilePlaces/PlacePlan.h"

namespace braid::hopper {

/// Elements between the rows of a tile in shared memory: an odd multiple of 16 bytes, so that a column's pieces of 16
/// bytes fall on different banks.
int64_t sharedRowStride(tile::TileType type);
int64_t sharedBytes(tile::TileType type);

class TilePlacement : private tile::PlacePlan {
public:
  /// The start of shared memory is for sums of warps (GeneralReductions.cpp).
  static constexpr int64_t reductionBytes = 256;

  explicit TilePlacement(tile::KernelOp kernel) : PlacePlan(kernel) {}

  /// Makes the plan; tiles of `recomputed` are inline whoever reads them. Returns the bytes of shared memory.
  int64_t run(const llvm::DenseSet<mlir::Value> &recomputed);

  /// The largest tile in memory that could as well be computed anew wherever it is read: from views that the kernel
  /// does not write. Null if there is none.
  mlir::Value largestRecomputable() const;

  /// Writes the plan into the kernel's attributes, as a CPU's schedule does.
  void annotate() { PlacePlan::annotate(bytes); }

private:
  int rowsFor(tile::TileType type, Range range) override;
  int lastRead(mlir::Value value) const override { return lastReads.lookup(value); }

  void decideInline(mlir::Operation *op);
  bool mayInline(mlir::Operation *op) const;
  /// What an operation reads when it runs; an inline one does not run.
  void forReads(mlir::Operation *op, ReadBody body) const;
  void place(mlir::Operation *op);
  void shareWithOperand(mlir::Operation *op);

  llvm::DenseMap<mlir::Value, int> lastReads;
  int64_t bytes = 0;
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_TILEPLACEMENT_H
