//===- Passes.td - passes on the host dialect -*- tablegen -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_HOST_TRANSFORMS_PASSES_TD
#define BRAID_DIALECT_HOST_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def HostPlanMemoryPass : Pass<"host-plan-memory", "::braid::host::ProgramOp"> {
  let summary = "give every buffer its place in the arena";
  let description = [{
    A buffer lives from the first launch that takes it to the last. Each of the
    three sub-arenas (bytes by token, by row, fixed) is planned by itself: buffers
    in order of falling size, each at the lowest offset where no buffer that lives
    at the same time lies. Offsets are multiples of 64, so a buffer is aligned for
    every number of tokens and rows.

    Ensures: every `host.buffer` has an offset, the program its `arena`.
  }];
}

#endif // BRAID_DIALECT_HOST_TRANSFORMS_PASSES_TD
