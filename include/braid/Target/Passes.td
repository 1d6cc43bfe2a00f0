//===- Passes.td - passes on the way to an artifact -*- tablegen -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TARGET_PASSES_TD
#define BRAID_TARGET_PASSES_TD

include "mlir/Pass/PassBase.td"

def BraidSchedulePass : Pass<"braid-schedule", "::mlir::func::FuncOp"> {
  let summary = "the config of each kernel";
  let description = [{
    Gives each `braid.fused` whose anchor is a contraction, attention or a scan of segments a `config`, a
    `#tile.contraction_config`, `#tile.attention_config` or `#tile.ssd_scan_config`, chosen from the shape and the
    target. A config that is there already stays: it may have been written by hand. `rows`, `columns` and `depth`, and
    `queries` and `keys`, replace what the target would choose, so that a test can run a text as another target would
    cut it.

    Requires: `braid.fused` ops; see braid-fuse.
    Ensures: every fused contraction, attention and scan of segments has a config.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"cpu\"", "cpu or sm_90a">,
    Option<"vectorBits", "vector-bits", "int64_t", "512", "Width of the CPU's vectors: 256 or 512">,
    Option<"bf16Dot", "bf16-dot", "bool", "true", "The CPU multiplies pairs of bf16">,
    Option<"rows", "rows", "int64_t", "0", "Rows of a block; 0: the target chooses">,
    Option<"columns", "columns", "int64_t", "0", "Columns of a block; 0: the target chooses">,
    Option<"depth", "depth", "int64_t", "0", "Contracted elements of a step; 0: the target chooses">,
    Option<"queries", "queries", "int64_t", "0", "Queries of a block of attention; 0: the target chooses">,
    Option<"keys", "keys", "int64_t", "0", "Keys of a step of attention; 0: the target chooses">
  ];
  let dependentDialects = ["::braid::tile::TileDialect"];
}

def BraidSplitByCPUPass : Pass<"braid-split-by-cpu", "::mlir::ModuleOp"> {
  let summary = "one module for each CPU";
  let description = [{
    Where the `cpu` of `braid.options` is a list, moves what the module holds into one module for each CPU of the list,
    in its order: each has the attributes of the whole, and the `cpu` and `features` of its own. Later phases run on
    each alone; the artifact holds the code of all. A module for one CPU stays as it is.

    Requires: nothing that depends on a CPU; runs before braid-schedule.
    Ensures: each module with something to compile is for one CPU.
  }];
}

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
