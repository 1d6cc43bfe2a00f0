//===- ScheduledRowOps.td - Rows reduced in parts, rare work ------*- td -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Operations of the scheduled form that keep a running maximum and sum of rows:
// a reduction whose last part, across threads, waits until it is needed, and a
// region that is entered where some element asks for it.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_TILE_SCHEDULEDROWOPS_TD
#define BRAID_DIALECT_TILE_SCHEDULEDROWOPS_TD

include "braid/Dialect/Tile/IR/ScheduledOps.td"

def Tile_FoldOp : Tile_ScheduledOp<"fold", [Pure, AllTypesMatch<["parts", "result"]>]> {
  let summary = "the part of a reduction along rows that needs no other thread";
  let description = [{
    result[i, t] = parts[i, t] op x[i, j] op .. over the columns j with j / 2 mod 4 = t, in rising order: what one thread
    holds of a row in the layout of the matrix instructions. `tile.reduce` along the four parts ends the reduction.

    1. x is [m, n] of f32 with n a multiple of 8.
    2. The parts are [m, 4] of f32.

    Example: `%l = tile.fold add %p into %parts : !tile.tile<64x128xf32> into !tile.tile<64x4xf32>`
  }];
  let arguments = (ins Tile_ReduceKind:$kind, Tile_TileType:$input, Tile_TileType:$parts);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = "$kind $input `into` $parts attr-dict `:` type($input) `into` type($parts)";
  let hasVerifier = 1;
}

def Tile_WhereAnyOp : Tile_ScheduledOp<"where_any", [
    InferTypeOpAdaptor, AllTypesMatch<["value", "limit"]>, SingleBlock, RecursiveMemoryEffects]> {
  let summary = "rows made anew where some element is above its limit";
  let description = [{
    A warp holds 16 of every 64 rows, those i of the same i mod 64 / 16. Where an element of `value` in a warp's rows is above
    the limit's, the results in these rows are what the region yields, elsewhere they are the operands `keep`. The region is
    for work that is rarely needed: warps whose rows do not need it pass it by.

    1. Value and limit are [m, 4] of f32, m a multiple of 64.
    2. The kept tiles have m rows or, of rank 1, m elements, and the results have their types.
    3. The region takes no arguments and ends in a `tile.replace` of the results' types.
    4. What is in the region is free of side effects.

    Example:
    ```mlir
    %s = tile.where_any %top above %limit keep(%old) : !tile.tile<64x4xf32> keep(!tile.tile<64x4xf32>) {
      tile.replace %new : !tile.tile<64x4xf32>
    }
    ```
  }];
  let arguments = (ins Tile_TileType:$value, Tile_TileType:$limit, Variadic<Tile_TileType>:$keep);
  let results = (outs Variadic<Tile_TileType>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $value `above` $limit `keep` `(` $keep `)` attr-dict `:` type($value) `keep` `(` type($keep) `)` $body
  }];
  let hasVerifier = 1;
}

def Tile_ReplaceOp : Tile_ScheduledOp<"replace", [Pure, Terminator, HasParent<"WhereAnyOp">]> {
  let summary = "the rows made anew";
  let description = "Example: `tile.replace %new : !tile.tile<64x4xf32>`";
  let arguments = (ins Variadic<Tile_TileType>:$tiles);
  let assemblyFormat = "($tiles^ `:` type($tiles))? attr-dict";
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

def Tile_WriteSharedOp : Tile_ScheduledOp<"write_shared"> {
  let summary = "set one element of a vector in shared memory";
  let description = [{
    The first thread of the group does. The index must lie in the vector.

    1. The tile has rank 1, and the value its element type.

    Example: `tile.write_shared %n, %l[%c0] : i32 to !tile.shared<8xi32>`
  }];
  let arguments = (ins AnyType:$value, Arg<Tile_SharedType, "", [MemWrite]>:$shared, Index:$index);
  let assemblyFormat = "$value `,` $shared `[` $index `]` attr-dict `:` type($value) `to` type($shared)";
  let hasVerifier = 1;
}

#endif // BRAID_DIALECT_TILE_SCHEDULEDROWOPS_TD
