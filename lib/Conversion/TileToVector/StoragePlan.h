//===- StoragePlan.h - Where a CPU keeps each tile ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The plan of one kernel, made in four steps:
//
//   1. Inline: loads and maps with one user in their block are computed there.
//   2. Places: what is left gets rows in scratch memory, or words or panels if
//      only products read it.
//   3. Sharing: a result takes its operand's memory if the operand dies there
//      (accumulators, maps), and a loop's carried tile, its initial value and
//      what the body yields are one place. Each place has the ranges of program
//      points at which its members are alive; two places merge when no range of
//      one overlaps one of the other.
//   4. Offsets: first fit over the places' hulls.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETOVECTOR_STORAGEPLAN_H
#define BRAID_LIB_CONVERSION_TILETOVECTOR_STORAGEPLAN_H

#include "WordFormat.h"
#include "braid/Conversion/TileToVector/CPUTargetInfo.h"
#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace braid::tile {

class StoragePlan {
public:
  StoragePlan(KernelOp kernel, const CPUTargetInfo &target);

  /// Makes the plan and writes it into the kernel's attributes.
  void run();

private:
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

  // Program points.
  void number(mlir::Block &block);
  int pointOf(mlir::Operation *op) const { return points.lookup(op).first; }
  int endOf(mlir::Operation *op) const { return points.lookup(op).last; }
  int lastUse(mlir::Value value) const;
  int lifted(mlir::Operation *user, mlir::Value value) const;

  // Inline.
  void decideInline(mlir::Operation *op);
  bool mayInline(mlir::Operation *op) const;
  bool feedsAccumulator(mlir::OpOperand &use) const;
  mlir::Operation *evaluatedAt(mlir::Operation *op) const;
  bool isInline(mlir::Value value) const { return inlined.contains(value); }

  // Places.
  void place(mlir::Operation *op);
  void placeCarried(mlir::scf::ForOp loop);
  void mergeCarried(mlir::scf::ForOp loop);
  void placeResults(mlir::scf::IfOp branch);
  void placeResults(RecurrenceOp op);
  void mergeResults(mlir::scf::IfOp branch);
  bool streamsRight(MmaOp mma) const;
  void placeOperands(MmaOp mma);
  int newPlace(PlaceKind kind, int64_t stride, int64_t bytes, Range range);
  int rowsFor(TileType type, Range range);
  int packedFor(const OperandFormat &format, Range range);
  int find(int place) const;
  bool merge(int a, int b, bool mayTouch);
  void shareWithOperand(mlir::Operation *op);
  void readsOf(mlir::Value value, llvm::SmallVectorImpl<mlir::Value> &reads) const;

  // Writing.
  void assignOffsets();
  PlaceAttr attributeOf(int place) const;
  void annotate();

  KernelOp kernel;
  mlir::MLIRContext *attributeContext;
  CPUTargetInfo target;
  llvm::DenseMap<mlir::Operation *, Range> points;
  int counter = 0;
  llvm::SmallVector<mlir::Operation *> order; // all operations, in program order
  llvm::DenseSet<mlir::Value> inlined;
  llvm::SmallVector<Place> places;
  llvm::DenseMap<mlir::Value, int> placeOf;
  llvm::DenseMap<mlir::Operation *, int> packA, packB;                      // of products
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<int>> yieldTemporaries; // of scf.yield, -1 where none is needed
};

} // namespace braid::tile

#endif // BRAID_LIB_CONVERSION_TILETOVECTOR_STORAGEPLAN_H
