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
//      dies there and every element is read by the thread that writes it; a
//      loop's carried tile, its initial value and what the body yields share a
//      place where none of them is alive beside another.
//   3. Offsets: first fit.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_TILEPLACEMENT_H
#define BRAID_LIB_CONVERSION_TILETONVVM_TILEPLACEMENT_H

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace braid::hopper {

/// Elements between the rows of a tile in shared memory: an odd multiple of 16 bytes, so that a column's pieces of 16
/// bytes fall on different banks.
int64_t sharedRowStride(tile::TileType type);
int64_t sharedBytes(tile::TileType type);

class TilePlacement {
public:
  /// The start of shared memory is for sums of warps (GeneralReductions.cpp).
  static constexpr int64_t reductionBytes = 256;

  explicit TilePlacement(tile::KernelOp kernel) : kernel(kernel) {}

  /// Makes the plan; tiles of `recomputed` are inline whoever reads them. Returns the bytes of shared memory.
  int64_t run(const llvm::DenseSet<mlir::Value> &recomputed);

  /// The largest tile in memory that could as well be computed anew wherever it is read: from views that the kernel
  /// does not write. Null if there is none.
  mlir::Value largestRecomputable() const;

  /// Writes the plan into the kernel's attributes, as a CPU's schedule does.
  void annotate();

private:
  /// Program points [first, last] at which a member of a place is alive.
  struct Range {
    int first, last;
  };
  struct Place {
    tile::TileType type;
    llvm::SmallVector<Range> ranges;
    int64_t offset = 0;
    int mergedInto = -1;
  };
  /// body(tile in memory, whether each of its elements is read by the thread that makes the same element).
  using ReadBody = llvm::function_ref<void(mlir::Value, bool)>;

  void number(mlir::Block &block);
  int pointOf(mlir::Operation *op) const { return points.lookup(op).first; }
  int endOf(mlir::Operation *op) const { return points.lookup(op).last; }
  int lifted(mlir::Operation *user, mlir::Value value) const;

  void decideInline(mlir::Operation *op);
  bool mayInline(mlir::Operation *op) const;
  mlir::Operation *evaluatedAt(mlir::Operation *op) const;
  bool isInline(mlir::Value value) const { return inlined.contains(value); }
  void forReads(mlir::Operation *op, ReadBody body) const;
  void expand(mlir::Value value, bool sameElement, ReadBody body) const;

  int newPlace(tile::TileType type, Range range);
  int find(int place) const;
  bool merge(int a, int b, bool mayTouch);
  void place(mlir::Operation *op);
  void shareWithOperand(mlir::Operation *op);
  void mergeCarried(mlir::scf::ForOp loop);
  void mergeResults(mlir::scf::IfOp branch);
  int64_t assignOffsets();
  tile::PlaceAttr attributeOf(int place);

  tile::KernelOp kernel;
  llvm::DenseMap<mlir::Operation *, Range> points;
  int counter = 0;
  llvm::SmallVector<mlir::Operation *> order; // all operations, in program order
  llvm::DenseSet<mlir::Value> inlined;
  llvm::DenseMap<mlir::Value, int> lastRead;
  llvm::SmallVector<Place> places;
  llvm::DenseMap<mlir::Value, int> placeOf;
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<int>> yieldTemporaries; // of scf.yield, -1 where none is needed
  int64_t bytes = 0;
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_TILEPLACEMENT_H
