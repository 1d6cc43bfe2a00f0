//===- ThreadFunctions.h - Code for a GPU's threads, for a CPU ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What `convert-tile-to-nvvm` writes for one thread runs on a CPU, too, if
// somebody else says which thread it is, and lets it wait for the others: here
// those instructions become calls of services (ThreadBlock.h). So the code of
// kernels that need no matrix unit and no bulk copy is tested where there is no
// GPU, thread by thread.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_THREADS_THREADFUNCTIONS_H
#define BRAID_TEST_LIB_THREADS_THREADFUNCTIONS_H

#include "mlir/IR/BuiltinOps.h"

namespace braid::test {

/// Gives every kernel the general schedule and turns it into a function of the CPU's form (KernelABI.h) that runs one
/// block; its scratch memory is a ThreadBlock's services.
mlir::LogicalResult lowerToThreads(mlir::ModuleOp module, bool bf16Convert);

} // namespace braid::test

#endif // BRAID_TEST_LIB_THREADS_THREADFUNCTIONS_H
