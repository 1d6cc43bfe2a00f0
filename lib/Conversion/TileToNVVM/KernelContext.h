//===- KernelContext.h - What all roles of a kernel know ------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_KERNELCONTEXT_H
#define BRAID_LIB_CONVERSION_TILETONVVM_KERNELCONTEXT_H

#include "Code.h"
#include "NamedBarriers.h"
#include "SharedPlan.h"
#include "TensorMaps.h"
#include "mlir/IR/IRMapping.h"

namespace braid::hopper {

/// A view in the lowered kernel.
struct ViewMemory {
  mlir::Value pointer;                  // to global memory
  llvm::SmallVector<mlir::Value> sizes; // index, of every dimension
};

/// What all roles of a kernel know.
struct KernelContext {
  explicit KernelContext(tile::KernelOp kernel)
      : code(kernel.getLoc(), kernel->getContext()), schedule(kernel->getAttrOfType<tile::ScheduleAttr>("tile.schedule")),
        shared(kernel), barriers(kernel), maps(kernel) {}

  Code code;
  tile::ScheduleAttr schedule;
  mlir::LLVM::LLVMFuncOp function;
  SharedPlan shared;
  NamedBarriers barriers;
  TensorMaps maps;
  mlir::Value sharedPointer; // start of dynamic shared memory
  mlir::Value sharedAddress; // the same as an i32
  mlir::Value thread;        // in the block
  mlir::Value warp;          // the same in all threads of a warp
  mlir::Value grid[3];
  llvm::DenseMap<mlir::Value, ViewMemory> views;
  mlir::IRMapping scalars; // of the kernel's own block

  mlir::Value sharedAt(mlir::Value offset) {
    return mlir::LLVM::GEPOp::create(code, sharedPointer.getType(), code.getI8Type(), sharedPointer,
                                     llvm::ArrayRef<mlir::LLVM::GEPArg>{offset});
  }
  mlir::Value tensorMap(unsigned number) { return function.getArgument(1 + number); }
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_KERNELCONTEXT_H
