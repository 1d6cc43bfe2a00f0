//===- KernelLowering.h - A scheduled kernel as a function for Hopper -----===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_KERNELLOWERING_H
#define BRAID_LIB_CONVERSION_TILETONVVM_KERNELLOWERING_H

#include "KernelContext.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace braid::hopper {

/// Writes one scheduled kernel as a function of a GPU module.
class KernelLowering {
public:
  KernelLowering(tile::KernelOp kernel, mlir::gpu::GPUModuleOp module);

  mlir::LogicalResult run();

private:
  void createFunction();
  mlir::LogicalResult finish();
  void readArguments();
  void initialiseBarriers();
  void waitForCluster();
  mlir::LogicalResult lowerRoles();
  mlir::LogicalResult lowerWarpgroup(int64_t warpgroup);
  int32_t blocksOfMultiprocessor();
  mlir::DictionaryAttr describeLaunch();

  tile::KernelOp kernel;
  mlir::gpu::GPUModuleOp module;
  KernelContext context;
  tile::ScheduleAttr schedule;
  Code &code;
  llvm::SmallVector<tile::RoleOp> roles;
};

/// Dynamic shared memory: an array without a size at the module's start.
mlir::LLVM::GlobalOp addSharedMemory(mlir::gpu::GPUModuleOp module);

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_KERNELLOWERING_H
