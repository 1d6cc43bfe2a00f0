//===- ScheduledSequenceOps.td - What sequence operators add ------*- td -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operations of the scheduled form that the schedules of sequence operators need
// besides: chains of transposed products, vectors that a warp makes for others,
// and tiles of which only some rows belong to a row of the call.
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

def Tile_ReadSharedOp : Tile_ScheduledOp<"read_shared"> {
  let summary = "one element of a vector in shared memory";
  let description = [{
    Every thread has it. The index must lie in the vector.

    1. The tile has rank 1, and the result its element type.

    Example: `%last = tile.read_shared %l[%c63] : !tile.shared<64xf32> -> f32`
  }];
  let arguments = (ins Arg<Tile_SharedType, "", [MemRead]>:$shared, Index:$index);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$shared `[` $index `]` attr-dict `:` type($shared) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_ClearRowsOp : Tile_ScheduledOp<"clear_rows"> {
  let summary = "zeros in the last rows of a tile in shared memory";
  let description = [{
    The threads of the group write; `tile.fence_async` and `tile.sync` follow. A bulk copy brings whole tiles; those rows
    of the last one that belong to the next sequence must not reach a product, where zero times infinity is no zero.

    1. The tile has rank 2.

    Example: `tile.clear_rows %b from %n : !tile.shared<64x128xbf16>`
  }];
  let arguments = (ins Arg<Tile_SharedType, "", [MemWrite]>:$shared, Index:$first);
  let assemblyFormat = "$shared `from` $first attr-dict `:` type($shared)";
  let hasVerifier = 1;
}

#endif // BRAID_DIALECT_TILE_SCHEDULEDSEQUENCEOPS_TD
