//===- KernelTable.h - GPU kernels for the manifest -----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TARGET_NVPTX_KERNELTABLE_H
#define BRAID_TARGET_NVPTX_KERNELTABLE_H

#include "braid/Formats/KernelTable.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace braid::nvptx {

/// What the manifest says of the kernels of a lowered module, in its order: from each function's `braid.launch`. All lie
/// in one image of `imageBytes`.
Result<std::vector<GpuKernel>> kernelTable(mlir::gpu::GPUModuleOp module, uint64_t imageBytes);

} // namespace braid::nvptx

#endif // BRAID_TARGET_NVPTX_KERNELTABLE_H
