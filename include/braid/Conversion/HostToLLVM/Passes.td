//===- Passes.td - from launches to LLVM -*- tablegen -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_CONVERSION_HOSTTOLLVM_PASSES_TD
#define BRAID_CONVERSION_HOSTTOLLVM_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertHostToLLVMPass : Pass<"convert-host-to-llvm", "::mlir::ModuleOp"> {
  let summary = "host programs become functions on the runtime's structs";
  let description = [{
    Each `host.program` becomes `braid_entry_fn` of `braid/Runtime/artifact.h`: it
    reads the `braid_call`, fills a struct of arguments for each launch and runs
    the kernel through the host table's `parallel_for`. Adds the exported
    `braid_artifact` table. Weights and states, which the manifest lists by now,
    are dropped.

    Requires: planned memory, kernels already lowered to `llvm.func`, the module
    attribute `braid.manifest`.
    Ensures: no host and no braid op; index arithmetic and control flow are left
    to arith and scf.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
}

#endif // BRAID_CONVERSION_HOSTTOLLVM_PASSES_TD
