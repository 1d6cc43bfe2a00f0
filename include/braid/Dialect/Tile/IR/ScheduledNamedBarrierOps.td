//===- ScheduledNamedBarrierOps.td - Barriers without memory ------*- td -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The sixteen barriers that the hardware keeps for a block of threads. Whole
// groups meet there, and no phase has to be carried: ptxas knows that the threads
// of a warp are together behind one, and a product's descriptors may stay in
// uniform registers.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_TILE_SCHEDULEDNAMEDBARRIEROPS_TD
#define BRAID_DIALECT_TILE_SCHEDULEDNAMEDBARRIEROPS_TD

include "braid/Dialect/Tile/IR/ScheduledOps.td"

def Tile_NamedBarrierType : Tile_Type<"NamedBarrier", "named_barrier"> {
  let summary = "some of the hardware's named barriers";
  let description = [{
    A phase ends when a number of warps have arrived, and the next one begins.

    Example: `!tile.named_barrier<2>`
  }];
  let parameters = (ins "int64_t":$count);
  let assemblyFormat = "`<` $count `>`";
}

def Tile_NamedBarrierOp : Tile_ScheduledOp<"named_barrier", [HasParent<"KernelOp">, MemoryEffects<[MemAlloc]>]> {
  let summary = "named barriers in their first phase";
  let description = [{
    `warps` is how many warps end a phase, by `tile.named_sync` or `tile.named_arrive`.

    1. There are 1 to 32 warps.
    2. There are 1 to 15 barriers.

    Example: `%turn = tile.named_barrier warps(8) : !tile.named_barrier<2>`
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntMinValue<1>, IntMaxValue<32>]>:$warps);
  let results = (outs Tile_NamedBarrierType:$result);
  let assemblyFormat = "`warps` `(` $warps `)` attr-dict `:` type($result)";
  let hasVerifier = 1;
}

class Tile_NamedBarrierUse<string mnemonic> : Tile_ScheduledOp<mnemonic, [MemoryEffects<[MemRead, MemWrite]>]> {
  let arguments = (ins Tile_NamedBarrierType:$barrier, Index:$number);
  let assemblyFormat = "$barrier `[` $number `]` attr-dict `:` type($barrier)";
  let hasVerifier = 1;
}

def Tile_NamedSyncOp : Tile_NamedBarrierUse<"named_sync"> {
  let summary = "arrive with all warps of the group, and wait until the phase has ended";
  let description = [{
    What those who arrived did before, with ordinary reads and writes of shared memory, is done.

    1. All threads of a role's group do it, not one alone.

    Example: `tile.named_sync %turn[%group] : !tile.named_barrier<2>`
  }];
}

def Tile_NamedArriveOp : Tile_NamedBarrierUse<"named_arrive"> {
  let summary = "arrive with all warps of the group, and go on";
  let description = [{
    A group arrives once in a phase: it knows of the phase's end before it arrives again.

    1. All threads of a role's group do it, not one alone.

    Example: `tile.named_arrive %turn[%other] : !tile.named_barrier<2>`
  }];
}

#endif // BRAID_DIALECT_TILE_SCHEDULEDNAMEDBARRIEROPS_TD
