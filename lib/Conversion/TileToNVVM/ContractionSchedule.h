//===- ContractionSchedule.h - How Hopper runs a contraction --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The text of a contraction walks the contracted axis in one loop of two loads
// and a product, then makes and stores its tile. Its schedule:
//
//   role "load"      for each block of the grid that falls to it, for each step:
//                    waits until the stage is free, announces its bytes, copies
//                    both operands into it
//   role "multiply"  groups of a warpgroup that share the block's rows out: for
//                    each step waits for the stage, multiplies, and frees the
//                    stage before it; then makes the tile panel by panel, each
//                    through shared memory to the result
//
// Bulk copies need rows that begin at multiples of 16 bytes; a view whose stride
// says otherwise is copied by the threads of a role.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_CONTRACTIONSCHEDULE_H
#define BRAID_LIB_CONVERSION_TILETONVVM_CONTRACTIONSCHEDULE_H

#include "ScheduleBuilder.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace braid::hopper {

class ContractionSchedule : ScheduleBuilder {
public:
  explicit ContractionSchedule(tile::KernelOp kernel) : ScheduleBuilder(kernel) {}

  /// Rewrites the kernel's text. False, and nothing changed, where it is no contraction of this form and these sizes.
  bool run();

private:
  bool matches();
  bool fits();
  bool chooseStages();
  void createShared();
  void createLoadRole();
  void createMultiplyRole();

  // Parts of both roles.
  using BlockBody = llvm::function_ref<mlir::Value(mlir::IRMapping &, mlir::Value cursor)>;
  mlir::Value forBlocks(mlir::Value cursor, BlockBody body);
  void mapBlockIds(mlir::Value work, mlir::IRMapping &mapping);

  mlir::Value loadSteps(mlir::IRMapping &mapping, mlir::Value cursor);
  mlir::Value multiplySteps(mlir::IRMapping &mapping, mlir::Value cursor, mlir::Value group, mlir::Value &sum);
  mlir::Value product(mlir::Value cursor, mlir::Value group, mlir::Value accumulator);
  void storeResult(tile::StoreOp store, mlir::IRMapping &mapping, mlir::Value group, mlir::Value sum);

  mlir::Value rankInCluster();

  mlir::scf::ForOp loop;
  tile::MmaOp mma;
  tile::LoadOp loadA, loadB;
  llvm::SmallVector<tile::StoreOp> stores;
  int64_t stages = 1, groups = 1, raster = 1, buffers = 2;
  int64_t cluster = 1; // blocks, neighbours in a column, that load B together
  bool bulk = true; // operands come by bulk copies
  mlir::Value ringA, ringB, full, empty;
  llvm::SmallVector<mlir::Value> staging; // of each store, null where it goes straight to memory
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_CONTRACTIONSCHEDULE_H
