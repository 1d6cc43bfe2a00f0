//===- Passes.td - Passes from kernel texts to Hopper ------------*- td -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_CONVERSION_TILETONVVM_PASSES_TD
#define BRAID_CONVERSION_TILETONVVM_PASSES_TD

include "mlir/Pass/PassBase.td"

def TileScheduleHopperPass : Pass<"tile-schedule-hopper", "mlir::ModuleOp"> {
  let summary = "kernel texts to their scheduled form for Hopper";
  let description = [{
    Writes `tile.schedule` on every `tile.kernel`. Where a family's own schedule fits a kernel's form and sizes, its body
    becomes roles that hand tiles to each other through rings in shared memory: a contraction in bf16 or f16 (one loop over
    products, then maps and stores) becomes a role that loads and groups that multiply; attention from a segment's queries
    in bf16 or f16 becomes roles that load queries, keys and values, groups that attend, and one that stores; an SSD scan in
    bf16 roles that load, make the decays, multiply tokens with each other, and carry the state.

    Any other text stays as it is, and its tiles are placed (`tile.place`): in shared memory, or inline where their
    elements are read. All threads of a block share its operations' elements out. Tiles that fit 227 KB no way are an
    error.

    Ensures: every kernel has a schedule; `tile-verify-schedule` holds.
  }];
  let options = [
    Option<"general", "general", "bool", "false", "treat every kernel as one without a family's own schedule">
  ];
  let dependentDialects = [
    "::braid::tile::TileDialect", "mlir::arith::ArithDialect", "mlir::math::MathDialect", "mlir::scf::SCFDialect"
  ];
}

def TileVerifySchedulePass : Pass<"tile-verify-schedule", "mlir::ModuleOp"> {
  let summary = "check barriers, bytes, products under way and budgets of scheduled kernels";
  let description = [{
    1. Every barrier that is waited for has arrivals, and every barrier arrived at is waited for.
    2. What a barrier expects in a block is what the copies that signal it there bring.
    3. Roles have no warp in common, cover all warps, and agree on a warpgroup's registers; the registers of all warps
       fit 65536, threads are at most 1024.
    4. Rings and barriers fit 227 KB of shared memory.
    5. The result of a product is read, other than as an accumulator, only behind a wait that names it.
    6. A role that starts copies or products ends behind waits for all of them.
    7. What threads write to a ring that copies or products read is fenced before their next `tile.sync` or named barrier.
    8. Every named barrier at which a group arrives has a group that syncs there, and the roles at it have as many warps as
       end its phase. There are at most 15 of them, one for each group of several warps included.
    9. What an `scf.while` goes on by is computed from memory, or from what its turns change, or is the constant false.

    What depends on how roles meet (who waits for whom, which stage is free when), and whether a loop does end, the
    simulator checks: docs/Rationale/Simulator.md.
  }];
}

def ConvertTileToNVVMPass : Pass<"convert-tile-to-nvvm", "mlir::ModuleOp"> {
  let summary = "scheduled kernels to code for one Hopper thread";
  let description = [{
    Turns each scheduled `tile.kernel` into an `llvm.func` in `gpu.module @kernels`, over scf, arith, llvm and nvvm. Its
    parameters are the argument struct by value (KernelABI.h), then a tensor map for each distinct pair of a view and a
    box that bulk copies use. What a launch needs to know stands in the function's `braid.launch`.

    Requires: kernels in scheduled form.
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::gpu::GPUDialect", "mlir::LLVM::LLVMDialect", "mlir::math::MathDialect",
    "mlir::NVVM::NVVMDialect", "mlir::scf::SCFDialect"
  ];
}

def HopperMathPass : Pass<"tile-hopper-math", "mlir::LLVM::LLVMFuncOp"> {
  let summary = "functions that Hopper has instructions for";
  let description = [{
    The exponentials of f32 become `ex2.approx`: two units in the last place, besides the rounding of the exponent.
    log1p is a logarithm and an approximate reciprocal, since a division is a call. What is left of the math dialect is
    for polynomials.
  }];
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::LLVM::LLVMDialect"];
}

#endif // BRAID_CONVERSION_TILETONVVM_PASSES_TD
