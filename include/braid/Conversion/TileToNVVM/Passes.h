//===- Passes.h - Passes from kernel texts to Hopper ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_CONVERSION_TILETONVVM_PASSES_H
#define BRAID_CONVERSION_TILETONVVM_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir {
class OpPassManager;
}

namespace braid::tile {

#define GEN_PASS_DECL
#include "braid/Conversion/TileToNVVM/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "braid/Conversion/TileToNVVM/Passes.h.inc"

/// Kernel texts to functions in gpu.module @kernels, over scf, arith, llvm and nvvm.
void addTileToNVVMPasses(mlir::OpPassManager &pm);

/// Those, and the host's programs beside them, to the LLVM dialect.
void addNVVMToLLVMPasses(mlir::OpPassManager &pm);

} // namespace braid::tile

#endif // BRAID_CONVERSION_TILETONVVM_PASSES_H
