//===- StoragePlan.h - Where a CPU keeps each tile ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The plan of one kernel, made in four steps:
//
//   1. Inline: loads and maps with one user in their block are computed there;
//      what a recurrence reads and then a store, in both.
//   2. Places: what is left gets rows in scratch memory, or words or panels if
//      only products read it.
//   3. Sharing: a result takes its operand's memory if the operand dies there
//      (accumulators, maps).
//   4. What all targets do with places: PlacePlan.h.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETOVECTOR_STORAGEPLAN_H
#define BRAID_LIB_CONVERSION_TILETOVECTOR_STORAGEPLAN_H

#include "WordFormat.h"
#include "braid/Conversion/TileToVector/CPUTargetInfo.h"
#include "braid/Conversion/TilePlaces/PlacePlan.h"

namespace braid::tile {

class StoragePlan : private PlacePlan {
public:
  StoragePlan(KernelOp kernel, const CPUTargetInfo &target) : PlacePlan(kernel), target(target) {}

  /// Makes the plan and writes it into the kernel's attributes.
  void run();

private:
  int rowsFor(TileType type, Range range) override;
  int lastRead(mlir::Value value) const override;

  void decideInline(mlir::Operation *op);
  bool mayInline(mlir::Operation *op) const;
  bool isReadAgain(mlir::Operation *op) const;
  bool feedsAccumulator(mlir::OpOperand &use) const;

  void place(mlir::Operation *op);
  void placeResults(RecurrenceOp op);
  using PlacePlan::placeResults;
  bool streamsRight(MmaOp mma) const;
  void placeOperands(MmaOp mma);
  int packedFor(const OperandFormat &format, Range range);
  void shareWithOperand(mlir::Operation *op);
  void readsOf(mlir::Value value, llvm::SmallVectorImpl<mlir::Value> &reads) const;

  void annotateProducts();

  CPUTargetInfo target;
  llvm::DenseMap<mlir::Operation *, int> packA, packB; // of products
};

} // namespace braid::tile

#endif // BRAID_LIB_CONVERSION_TILETOVECTOR_STORAGEPLAN_H
