//===- Passes.td - passes on the way to an artifact -*- tablegen -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TARGET_PASSES_TD
#define BRAID_TARGET_PASSES_TD

include "mlir/Pass/PassBase.td"

def WriteManifestPass : Pass<"braid-write-manifest", "::mlir::ModuleOp"> {
  let summary = "what the runtime must know of the module, as JSON";
  let description = [{
    Sets the module attribute `braid.manifest`: model, weights, states, entry points
    and the cost of their kernels, as docs/Manifest.md says. What depends on the
    machine code (`scratch_bytes`) is added when that is emitted.

    Requires: planned memory.
  }];
}

#endif // BRAID_TARGET_PASSES_TD
