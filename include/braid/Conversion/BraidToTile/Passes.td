//===- Passes.td - from fused ops to kernels and launches -*- tablegen -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_CONVERSION_BRAIDTOTILE_PASSES_TD
#define BRAID_CONVERSION_BRAIDTOTILE_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertBraidToTilePass : Pass<"convert-braid-to-tile", "::mlir::ModuleOp"> {
  let summary = "kernel texts for fused ops, and the host program that launches them";
  let description = [{
    Each entry function becomes a `host.program`: tensors become views of weights,
    of the caller's arrays or of arena buffers, `columns` a view of its operand's
    buffer, and each `braid.fused` a launch of the kernel text that its anchor's
    family writes (one file for each family in this folder). Texts that come out
    identical are kept once.

    Requires: functions of `braid.fused`, `braid.get_weight` and `braid.columns`.
    Ensures: no function; `tile.kernel` and `host.program` only, besides weights and states.
    A fused op whose anchor has no family is an error at that op.
  }];
  let dependentDialects = ["::braid::host::HostDialect", "::braid::tile::TileDialect", "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect", "::mlir::scf::SCFDialect"];
}

#endif // BRAID_CONVERSION_BRAIDTOTILE_PASSES_TD
