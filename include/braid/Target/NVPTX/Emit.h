//===- Emit.h - PTX and machine code of a GPU module ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TARGET_NVPTX_EMIT_H
#define BRAID_TARGET_NVPTX_EMIT_H

#include "braid/Formats/Status.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include <string>

namespace braid::nvptx {

/// The architecture that kernels are compiled for; its own features (wgmma) run on no other.
inline constexpr llvm::StringLiteral arch = "sm_90a";

/// PTX of a module of the LLVM and NVVM dialects. The same module gives the same text.
Result<std::string> emitPTX(mlir::gpu::GPUModuleOp module);

/// Optimised LLVM IR of the same.
Result<std::string> emitLLVM(mlir::gpu::GPUModuleOp module);

/// Runs ptxas: from the environment variable BRAID_PTXAS, PATH, CUDA_HOME, or the Python package nvidia-cuda-nvcc of
/// the environment variable VIRTUAL_ENV. Spilled registers and products that ptxas serialises (C75xx) are errors.
/// Results are kept by the hash of PTX and ptxas version in XDG_CACHE_HOME/braid, or ~/.cache/braid, with a hash of
/// their own behind them.
Result<std::string> assemble(const std::string &ptx);

} // namespace braid::nvptx

#endif // BRAID_TARGET_NVPTX_EMIT_H
