//===- KernelTable.h - Kernels of an object, by their place in a table ----===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_KERNELRUNNER_KERNELTABLE_H
#define BRAID_TEST_LIB_KERNELRUNNER_KERNELTABLE_H

#include "braid/Formats/Status.h"
#include "braid/Runtime/artifact.h"
#include "mlir/IR/BuiltinOps.h"

namespace braid::test {

/// Adds a table of these kernels, which have been lowered, to what the module's object exports.
void exportKernels(mlir::ModuleOp module, llvm::ArrayRef<std::string> names);

/// Loads a shared object from memory; dlclose ends it.
Result<void *> loadObject(const std::string &bytes);

/// The kernels of a loaded object in the order in which they were exported.
llvm::ArrayRef<braid_kernel_fn> exportedKernels(void *object, size_t count);

} // namespace braid::test

#endif // BRAID_TEST_LIB_KERNELRUNNER_KERNELTABLE_H
