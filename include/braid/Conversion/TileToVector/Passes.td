//===- Passes.td - From the tile dialect to vectors ---------------*- td -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_CONVERSION_TILETOVECTOR_PASSES_TD
#define BRAID_CONVERSION_TILETOVECTOR_PASSES_TD

include "mlir/Pass/PassBase.td"

def TileScheduleCPUPass : Pass<"tile-schedule-cpu", "mlir::ModuleOp"> {
  let summary = "decide where a CPU keeps each tile";
  let description = [{
    Writes the schedule of every `tile.kernel` into the IR: `tile.cpu` (the target's facts) and `tile.scratch_bytes` on
    the kernel, `tile.place` on each operation that makes a tile, `tile.places` on loops and branches that carry some,
    and on each `tile.mma` its register block and how its operands are packed. Chains of maps and loads with one user
    are `inline`, so that they become one loop; accumulators stay in one place round a loop; places that are not alive
    together share memory.

    Ensures: every tile has a place. `convert-tile-to-vector` only reads them.
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "int64_t", "512", "width of the target's vectors: 256 or 512">,
    Option<"bf16Dot", "bf16-dot", "bool", "true", "the target has AVX512-BF16">
  ];
  let dependentDialects = ["::braid::tile::TileDialect"];
}

def ConvertTileToVectorPass : Pass<"convert-tile-to-vector", "mlir::ModuleOp"> {
  let summary = "kernels to functions over hardware-wide vectors";
  let description = [{
    Turns each scheduled `tile.kernel` into an `llvm.func` of the runtime's kernel type (KernelABI.h), with loops in scf,
    arithmetic in arith, math, vector and x86vector, and memory through raw pointers with 64-bit offsets. The function's
    `braid.scratch_bytes` is the scratch memory that it needs.

    Requires: `tile-schedule-cpu`. Ensures: no operation of the tile dialect is left.
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::LLVM::LLVMDialect", "mlir::math::MathDialect", "mlir::scf::SCFDialect",
    "mlir::vector::VectorDialect", "mlir::x86vector::X86VectorDialect"
  ];
}

def ExpandMathPass : Pass<"tile-expand-math", "mlir::LLVM::LLVMFuncOp"> {
  let summary = "elementary functions to polynomials";
  let description = [{
    Replaces the f32 functions of the math dialect, on scalars and vectors alike, by polynomials that are good to a few
    units in the last place, so that a loop over vectors has no call. A number's function has the same bits in vectors of
    every length. Conversions between f32 and bf16 become integer operations where the target has none.
    Functions of f64 stay, for libm.
  }];
  let options = [
    Option<"vectorBits", "vector-bits", "int64_t", "512", "width of the target's vectors: 256 or 512">,
    Option<"bf16Convert", "bf16-convert", "bool", "true", "the target converts f32 to bf16 itself (AVX512-BF16)">
  ];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::LLVM::LLVMDialect", "mlir::math::MathDialect", "mlir::vector::VectorDialect"
  ];
}

def BF16AsBitsPass : Pass<"llvm-bf16-as-bits", "mlir::LLVM::LLVMFuncOp"> {
  let summary = "bf16 as 16-bit integers";
  let description = [{
    Where a CPU has no arithmetic for bf16, `tile-expand-math` leaves numbers of that type to be moved and nothing else:
    loaded, stored, chosen and shuffled. This pass gives them the type i16. LLVM's x86 back end would take selects and
    shuffles of bf16 vectors apart, with calls of a library that an artifact does not have.

    Requires: the LLVM dialect alone, without arithmetic on bf16. Ensures: no type is bf16.
  }];
  let dependentDialects = ["mlir::LLVM::LLVMDialect"];
}

#endif // BRAID_CONVERSION_TILETOVECTOR_PASSES_TD
