//===- ScheduledSequenceOps.td - What sequence operators add ------*- td -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operations of the scheduled form that the schedules of sequence operators need
// besides: chains of transposed products. (What schedules of rows need is in
// ScheduledRowOps.td.)
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_TILE_SCHEDULEDSEQUENCEOPS_TD
#define BRAID_DIALECT_TILE_SCHEDULEDSEQUENCEOPS_TD

include "braid/Dialect/Tile/IR/ScheduledOps.td"

def Tile_LoadTransposedOp : Tile_ScheduledOp<"load_transposed"> {
  let summary = "read a tile from shared memory to registers, rows and columns exchanged";
  let description = [{
    result[j, i] = shared[i, j]: the result is the left operand of a product that contracts the rows of shared memory.

    1. Elements are of 16 bits, the same on both sides.
    2. The result has the exchanged sizes: rows a multiple of 64, columns one of 16.

    Example: `%t = tile.load_transposed %s : !tile.shared<32x64xbf16> -> !tile.tile<64x32xbf16>`
  }];
  let arguments = (ins Arg<Tile_SharedType, "", [MemRead]>:$shared);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = "$shared attr-dict `:` type($shared) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_StoreTransposedOp : Tile_ScheduledOp<"store_transposed"> {
  let summary = "write a tile from registers to shared memory, rows and columns exchanged";
  let description = [{
    shared[i, j] = value[j, i].

    1. Elements are of 16 bits, the same on both sides.
    2. The value has the exchanged sizes: rows a multiple of 64, columns one of 16.

    Example: `tile.store_transposed %t to %s : !tile.tile<64x32xbf16> to !tile.shared<32x64xbf16>`
  }];
  let arguments = (ins Tile_TileType:$value, Arg<Tile_SharedType, "", [MemWrite]>:$shared);
  let assemblyFormat = "$value `to` $shared attr-dict `:` type($value) `to` type($shared)";
  let hasVerifier = 1;
}

#endif // BRAID_DIALECT_TILE_SCHEDULEDSEQUENCEOPS_TD
