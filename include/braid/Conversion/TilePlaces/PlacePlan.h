//===- PlacePlan.h - Which tiles of a text lie where ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the plans of all targets share. A tile is computed where it is read, or
// lies in a place. A place has the ranges of program points at which its members
// are alive; two places become one where no range of one meets one of the
// other: what a loop carries with its initial value and with what the body
// yields, what a branch gives with its result. Offsets are first fit over the
// places' hulls.
//
// A target decides what is inline and which places there are.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_CONVERSION_TILEPLACES_PLACEPLAN_H
#define BRAID_CONVERSION_TILEPLACES_PLACEPLAN_H

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/DenseSet.h"

namespace braid::tile {

class PlacePlan {
protected:
  explicit PlacePlan(KernelOp kernel) : kernel(kernel) {}
  virtual ~PlacePlan() = default;

  /// Program points [first, last] at which a member of a place is alive.
  struct Range {
    int first, last;
  };
  struct Place {
    PlaceKind kind;
    int64_t stride, bytes;
    llvm::SmallVector<Range> ranges;
    int64_t offset = 0;
    int mergedInto = -1;
  };

  // A target's part.
  /// A new place for a tile's rows.
  virtual int rowsFor(TileType type, Range range) = 0;
  /// The last point at which the value is read, in its own name or in that of an inline one; 0 where there is none.
  virtual int lastRead(mlir::Value value) const = 0;

  /// Numbers the kernel's operations; what was planned before is forgotten.
  void numberOperations();
  int pointOf(mlir::Operation *op) const { return points.lookup(op).first; }
  int endOf(mlir::Operation *op) const { return points.lookup(op).last; }
  /// The point of a read, or the end of the outermost loop around it that does not hold the value's definition: there
  /// the value must live for the next turn too.
  int lifted(mlir::Operation *user, mlir::Value value) const;

  bool isInline(mlir::Value value) const { return inlined.contains(value); }
  /// The operations at which an inline tile is computed.
  llvm::SmallVector<mlir::Operation *> evaluatedAt(mlir::Operation *op) const;
  /// Whether a load may be read wherever the tile is evaluated: memory must still hold the same.
  bool findsTheSame(LoadOp load) const;
  /// body(tile in a place, whether each of its elements is read where the same element is asked for).
  using ReadBody = llvm::function_ref<void(mlir::Value, bool)>;
  /// The tiles in places that are read when `value`'s elements are.
  void expand(mlir::Value value, bool sameElement, ReadBody body) const;

  int newPlace(PlaceKind kind, int64_t stride, int64_t bytes, Range range);
  int find(int place) const;
  /// Gives two places the same memory if their members are never alive together. With `mayTouch` one may end where the
  /// other begins: there one value is turned into the other, element by element.
  bool merge(int a, int b, bool mayTouch);

  /// One place for what the loop's argument, and then its result, is called.
  void placeCarried(mlir::scf::ForOp loop);
  void placeResults(mlir::scf::IfOp branch);
  /// Merges what loops and branches hand on; when everything has a place.
  void mergeControlFlow();

  /// Offsets from `first` on; returns where the last place ends.
  int64_t assignOffsets(int64_t first);
  PlaceAttr attributeOf(int place) const;
  /// Writes the plan into the kernel's attributes.
  void annotate(int64_t bytes);

  KernelOp kernel;
  llvm::SmallVector<mlir::Operation *> order; // all operations, in program order
  llvm::DenseSet<mlir::Value> inlined;
  llvm::SmallVector<Place> places;
  llvm::DenseMap<mlir::Value, int> placeOf;

private:
  bool findsTheSame(LoadOp load, mlir::Operation *reader) const;
  void number(mlir::Block &block);
  void mergeCarried(mlir::scf::ForOp loop);
  void mergeResults(mlir::scf::IfOp branch);

  llvm::DenseMap<mlir::Operation *, Range> points;
  int counter = 0;
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<int>> yieldTemporaries; // of scf.yield, -1 where none is needed
};

} // namespace braid::tile

#endif // BRAID_CONVERSION_TILEPLACES_PLACEPLAN_H
