//===- Passes.h - From the tile dialect to vectors ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_CONVERSION_TILETOVECTOR_PASSES_H
#define BRAID_CONVERSION_TILETOVECTOR_PASSES_H

#include "braid/Conversion/TileToVector/CPUTargetInfo.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Pass/Pass.h"

namespace mlir {
class OpPassManager;
}

namespace braid::tile {

#define GEN_PASS_DECL
#include "braid/Conversion/TileToVector/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "braid/Conversion/TileToVector/Passes.h.inc"

/// Kernel texts to scf, arith, math, vector and llvm: `tile-schedule-cpu`, `convert-tile-to-vector`, `tile-expand-math`
/// and the cleaning between them.
void addTileToVectorPasses(mlir::OpPassManager &pm, const CPUTargetInfo &target);

/// The rest of the way to the LLVM dialect, for every function of a module.
void addVectorToLLVMPasses(mlir::OpPassManager &pm, const CPUTargetInfo &target);

} // namespace braid::tile

#endif // BRAID_CONVERSION_TILETOVECTOR_PASSES_H
