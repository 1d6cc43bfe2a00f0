//===- Passes.td - passes on the braid dialect -*- tablegen -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_BRAID_TRANSFORMS_PASSES_TD
#define BRAID_DIALECT_BRAID_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def BraidSpecializePass : Pass<"braid-specialize", "::mlir::ModuleOp"> {
  let summary = "derive the entry points from `forward`";
  let description = [{
    Replaces `@forward` by the entry points that `braid.options` asks for
    (`entries`; all three where it is silent):

    * `@prefill`: a segment for each row, logits of each row's last token;
    * `@decode`: one token for each row, so its rows are `!braid.rows<step>`;
    * `@score`: a segment for each row, logits of every token.

    Their token ids and logits carry `braid.tokens` and `braid.logits`. A module
    without `@forward` holds functions of tensors, each an entry point as it
    stands: `entries` selects some. Their types and results are checked.

    Requires: a function `@forward` of (tensor<?xi32>, !braid.rows<segment>), or
    functions of tensors and at most one `!braid.rows`.
    Ensures: no `@forward`; one function for each entry.
  }];
}

def BraidNarrowToLastTokenPass : Pass<"braid-narrow-to-last-token", "::mlir::func::FuncOp"> {
  let summary = "compute only the last token where nothing else is read";
  let description = [{
    Moves `braid.last_token` above ops that work on each token by itself when
    every use of their result is a `last_token`, so that the vocabulary
    projection of a prefill sees one row for each sequence.

    ```mlir
    %y = braid.linear %x, %w : ...                  %l = braid.last_token %x rows(%rows) : ...
    %l = braid.last_token %y rows(%rows) : ...  =>  %y = braid.linear %l, %w : ...
    ```
  }];
}

def BraidFusePass : Pass<"braid-fuse", "::mlir::func::FuncOp"> {
  let summary = "group ops into regions that become one kernel each";
  let description = [{
    Wraps every op that computes into a `braid.fused` region around one anchor.
    A linear takes the chain of element-wise ops that alone read its result
    (activation, gate, residual addition, cast) as its epilogue; ops that compute
    from the rows alone (positions) are cloned into each region that reads them.
    Views (`columns`) and weights stay outside.

    Ensures: functions hold `braid.fused`, `braid.get_weight` and `braid.columns` only.
  }];
}

#endif // BRAID_DIALECT_BRAID_TRANSFORMS_PASSES_TD
