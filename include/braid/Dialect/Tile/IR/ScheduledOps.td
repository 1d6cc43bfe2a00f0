//===- ScheduledOps.td - Operations of a scheduled kernel ---------*- td -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The scheduled form of a kernel: the text's arithmetic, shared out among roles
// that hand tiles to each other through rings in shared memory.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_TILE_SCHEDULEDOPS_TD
#define BRAID_DIALECT_TILE_SCHEDULEDOPS_TD

include "braid/Dialect/Tile/IR/ScheduledBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Tile_ScheduledOp<string mnemonic, list<Trait> traits = []> : Op<Tile_Dialect, mnemonic, traits>;

//===----------------------------------------------------------------------===//
// What a block of threads owns
//===----------------------------------------------------------------------===//

def Tile_RingOp : Tile_ScheduledOp<"ring", [HasParent<"KernelOp">, MemoryEffects<[MemAlloc]>]> {
  let summary = "shared memory for the stages of a ring";
  let description = "Example: `%x = tile.ring : !tile.ring<4, 128x64xbf16>`";
  let results = (outs Tile_RingType:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def Tile_BarrierOp : Tile_ScheduledOp<"barrier", [HasParent<"KernelOp">, MemoryEffects<[MemAlloc]>]> {
  let summary = "barriers in their first phase";
  let description = [{
    `arrivals` is how many `tile.arrive` or `tile.expect` end a phase.

    1. At least one arrival.

    Example: `%full = tile.barrier arrivals(1) : !tile.barrier<4>`
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntMinValue<1>]>:$arrivals);
  let results = (outs Tile_BarrierType:$result);
  let assemblyFormat = "`arrivals` `(` $arrivals `)` attr-dict `:` type($result)";
}

def Tile_RoleOp : Tile_ScheduledOp<"role", [HasParent<"KernelOp">, SingleBlock, RecursiveMemoryEffects]> {
  let summary = "the program of some warps of a block";
  let description = [{
    The warps [first, first + count) run the region, in `groups` groups of equal size; the region's argument is the
    group's number. With `one_thread` one thread of each group does. `registers` is the budget of a thread; it holds for
    whole warpgroups (four warps from a multiple of four on), so roles that share one agree.

    1. The groups divide the warps; with tiles in registers a group is one warpgroup, or one warp that holds vectors of a
       multiple of 32 elements alone.
    2. Roles of a kernel have no warp in common and together all of them; a warpgroup has one budget.
    3. `registers` is a multiple of 8 from 24 to 256.
    4. The region ends in `tile.end`.

    Example:
    ```mlir
    tile.role "load" warps(0, 4) groups(1) registers(40) one_thread {
    ^bb0(%group: index):
      tile.end
    }
    ```
  }];
  let arguments = (ins StrAttr:$name, I64Attr:$first_warp, I64Attr:$warps, I64Attr:$groups, I64Attr:$registers,
                       UnitAttr:$one_thread);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $name `warps` `(` $first_warp `,` $warps `)` `groups` `(` $groups `)` `registers` `(` $registers `)`
    (`one_thread` $one_thread^)? $body attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::Block &getBlock() { return getBody().front(); }
    int64_t getWarpsOfGroup() { return getWarps() / getGroups(); }
  }];
}

def Tile_EndOp : Tile_ScheduledOp<"end", [Terminator, HasParent<"RoleOp">]> {
  let summary = "end of a role";
  let description = "Example: `tile.end`";
  let assemblyFormat = "attr-dict";
}

def Tile_WorkerOp : Tile_ScheduledOp<"worker", [Pure]> {
  let summary = "this block's number among the blocks that run, and their number";
  let description = "Example: `%first, %step = tile.worker`";
  let results = (outs Index:$number, Index:$count);
  let assemblyFormat = "attr-dict";
}

def Tile_DrawOp : Tile_ScheduledOp<"draw"> {
  let summary = "the next number of the kernel's work counter";
  let description = [{
    Adds one to the counter in memory, in one step, and gives what it was before. The counter is zero when a launch begins,
    so the blocks of threads draw 0, 1, 2 and so on, each number once, in the order in which they ask. Nothing else in
    memory is ordered by it.

    1. The counter is the argument that the kernel's `tile.work_counter` names.
    2. One thread draws: the role's one thread, or that of a `tile.one_thread`.

    Example: `%n = tile.draw %counter : !tile.view<1xi64>`
  }];
  let arguments = (ins Arg<Tile_ViewType, "", [MemRead, MemWrite]>:$counter);
  let results = (outs Index:$result);
  let assemblyFormat = "$counter attr-dict `:` type($counter)";
  let hasVerifier = 1;
}

def Tile_GridOp : Tile_ScheduledOp<"grid", [Pure]> {
  let summary = "a size of the grid that the launch gave";
  let description = [{
    1. The dimension is 0, 1 or 2.

    Example: `%rows = tile.grid 0`
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntMinValue<0>, IntMaxValue<2>]>:$dimension);
  let results = (outs Index:$result);
  let assemblyFormat = "$dimension attr-dict";
}

//===----------------------------------------------------------------------===//
// Rings and barriers
//===----------------------------------------------------------------------===//

def Tile_StartOp : Tile_ScheduledOp<"start", [Pure]> {
  let summary = "the first stage of a ring";
  let description = [{
    A role that waits for tiles starts in phase 0: its first wait ends with the first phase. One that waits for room
    starts in phase 1: its first waits find the phase before the first one ended.

    1. The phase is 0 or 1.

    Example: `%c = tile.start phase(1) : !tile.cursor<4>`
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntMinValue<0>, IntMaxValue<1>]>:$phase);
  let results = (outs Tile_CursorType:$result);
  let assemblyFormat = "`phase` `(` $phase `)` attr-dict `:` type($result)";
}

def Tile_AdvanceOp : Tile_ScheduledOp<"advance", [Pure, AllTypesMatch<["cursor", "result"]>]> {
  let summary = "the next stage; behind the last one the first, in the other phase";
  let description = "Example: `%d = tile.advance %c : !tile.cursor<4>`";
  let arguments = (ins Tile_CursorType:$cursor);
  let results = (outs Tile_CursorType:$result);
  let assemblyFormat = "$cursor attr-dict `:` type($result)";
}

def Tile_SlotOp : Tile_ScheduledOp<"slot", [Pure]> {
  let summary = "one stage of a ring";
  let description = [{
    1. The stage is an index, or a cursor of as many stages as the ring.
    2. The result has the ring's shape and element type.

    Example: `%a = tile.slot %x[%c] : !tile.ring<4, 128x64xbf16>, !tile.cursor<4> -> !tile.shared<128x64xbf16>`
  }];
  let arguments = (ins Tile_RingType:$ring, AnyTypeOf<[Tile_CursorType, Index]>:$stage);
  let results = (outs Tile_SharedType:$result);
  let assemblyFormat = "$ring `[` $stage `]` attr-dict `:` type($ring) `,` type($stage) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_RowsOp : Tile_ScheduledOp<"rows", [Pure]> {
  let summary = "some rows of a tile in shared memory";
  let description = [{
    Of a vector: some of its elements.

    1. Element type, columns and pitch are the operand's; the rows are at most its rows. The first row is a multiple of 8.
       A part of a vector has fewer or as many elements.

    Example: `%h = tile.rows %a from %r : !tile.shared<128x64xbf16> -> !tile.shared<64x64xbf16, pitch 128>`
  }];
  let arguments = (ins Tile_SharedType:$input, Index:$first);
  let results = (outs Tile_SharedType:$result);
  let assemblyFormat = "$input `from` $first attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_PanelsOp : Tile_ScheduledOp<"panels", [Pure]> {
  let summary = "some panels of a tile in shared memory";
  let description = [{
    The columns from panel number `first` on.

    1. Element type, rows and pitch are the operand's; the columns are whole panels and at most its columns.

    Example: `%h = tile.panels %a from %p : !tile.shared<64x128xbf16> -> !tile.shared<64x64xbf16>`
  }];
  let arguments = (ins Tile_SharedType:$input, Index:$first);
  let results = (outs Tile_SharedType:$result);
  let assemblyFormat = "$input `from` $first attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

class Tile_BarrierUse<string mnemonic, dag more = (ins)> : Tile_ScheduledOp<mnemonic, [
    MemoryEffects<[MemRead, MemWrite]>]> {
  let arguments = !con((ins Tile_BarrierType:$barrier, AnyTypeOf<[Tile_CursorType, Index]>:$stage), more);
  let hasVerifier = 1;
}

def Tile_WaitOp : Tile_BarrierUse<"wait"> {
  let summary = "wait until a phase has ended";
  let description = [{
    1. The stage is a cursor of as many stages as there are barriers.

    Example: `tile.wait %full[%c] : !tile.barrier<4>, !tile.cursor<4>`
  }];
  let assemblyFormat = "$barrier `[` $stage `]` attr-dict `:` type($barrier) `,` type($stage)";
}

def Tile_ExpectOp : Tile_BarrierUse<"expect", (ins ConfinedAttr<I64Attr, [IntMinValue<1>]>:$bytes)> {
  let summary = "arrive, and announce the bytes that copies will bring in this phase";
  let description = [{
    1. A cursor has as many stages as there are barriers.
    2. The bytes are those of the copies that signal this barrier at this stage in the same MLIR block; those of a
       multicast copy once for each thread block of the cluster, since each of them makes one.

    Example: `tile.expect %full[%c] bytes(49152) : !tile.barrier<4>, !tile.cursor<4>`
  }];
  let assemblyFormat = "$barrier `[` $stage `]` `bytes` `(` $bytes `)` attr-dict `:` type($barrier) `,` type($stage)";
}

def Tile_ArriveOp : Tile_BarrierUse<"arrive", (ins UnitAttr:$each, UnitAttr:$cluster)> {
  let summary = "arrive on behalf of the group, or each thread for itself";
  let description = [{
    What the group did before is done for those who wait. One thread arrives: where others read or wrote shared memory by
    ordinary means, `tile.sync` comes first. With `each` every thread of the group arrives, for what it did itself: no
    `tile.sync` is needed, and the barrier counts the threads. With `cluster` one thread arrives at this barrier of each of
    the cluster's blocks, and tells the others that the group has read, not what it has written.

    1. A cursor has as many stages as there are barriers.
    2. `each` and `cluster` exclude each other.

    Examples: `tile.arrive %empty[%c] : !tile.barrier<4>, !tile.cursor<4>`,
    `tile.arrive each %full[%c] : !tile.barrier<4>, !tile.cursor<4>`
  }];
  let assemblyFormat = [{
    (`each` $each^)? (`cluster` $cluster^)? $barrier `[` $stage `]` attr-dict `:` type($barrier) `,` type($stage)
  }];
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

def Tile_CopyInOp : Tile_ScheduledOp<"copy_in", [AttrSizedOperandSegments]> {
  let summary = "copy a tile of a view to shared memory";
  let description = [{
    The tile's dimensions are the view's last ones, leading indices select; what lies outside the view is zero. With a
    barrier the copy is a bulk copy: it is under way when the operation ends, and its bytes count towards the barrier's
    phase. Without one the threads of the group copy, and `tile.fence_async`, `tile.sync` and `tile.arrive` follow.
    With `multicast` the copy writes the same place in the shared memory of each of the cluster's blocks, and counts
    towards the same barrier of each.

    1. There is one index for each of the view's dimensions.
    2. Element types agree, and the tile's rank is at most the view's.
    3. A bulk copy has strides that are multiples of 16 bytes, a view that the kernel's `tile.unaligned` does not name, and
       at most 256 rows.
    4. A multicast copy has a barrier.

    Example:
    ```mlir
    tile.copy_in %x[%i, %k] to %a signals %full[%c]
      : !tile.view<?x4096xbf16> to !tile.shared<128x64xbf16>, !tile.barrier<4>, !tile.cursor<4>
    ```
  }];
  let arguments = (ins Arg<Tile_ViewType, "", [MemRead]>:$view, Variadic<Index>:$indices,
                       Arg<Tile_SharedType, "", [MemWrite]>:$shared, Optional<Tile_BarrierType>:$barrier,
                       Optional<AnyTypeOf<[Tile_CursorType, Index]>>:$stage, UnitAttr:$multicast);
  let assemblyFormat = [{
    (`multicast` $multicast^)? $view `[` $indices `]` `to` $shared (`signals` $barrier^ `[` $stage `]`)? attr-dict
    `:` type($view) `to` type($shared) (`,` type($barrier)^ `,` type($stage))?
  }];
  let hasVerifier = 1;
}

def Tile_CopyOutOp : Tile_ScheduledOp<"copy_out"> {
  let summary = "copy a tile from shared memory to a view";
  let description = [{
    With `bulk` the copy is under way when the operation ends: `tile.commit_copies` and `tile.wait_copies` order it.
    Otherwise the threads of the group copy, and it is done. What lies outside the view is not written.

    1. There is one index for each of the view's dimensions.
    2. Element types agree, and the tile's rank is at most the view's.
    3. A bulk copy has strides that are multiples of 16 bytes, a view that the kernel's `tile.unaligned` does not name, and
       at most 256 rows.

    Example: `tile.copy_out bulk %s to %y[%i, %j] : !tile.shared<64x64xbf16> to !tile.view<?x4096xbf16>`
  }];
  let arguments = (ins Arg<Tile_SharedType, "", [MemRead]>:$shared, Arg<Tile_ViewType, "", [MemWrite]>:$view,
                       Variadic<Index>:$indices, UnitAttr:$bulk);
  let assemblyFormat = [{
    (`bulk` $bulk^)? $shared `to` $view `[` $indices `]` attr-dict `:` type($shared) `to` type($view)
  }];
  let hasVerifier = 1;
}

class Tile_OrderOp<string mnemonic> : Tile_ScheduledOp<mnemonic, [MemoryEffects<[MemRead, MemWrite]>]>;

def Tile_CommitCopiesOp : Tile_OrderOp<"commit_copies"> {
  let summary = "end a group of this thread's outgoing bulk copies";
  let description = "Example: `tile.commit_copies`";
  let assemblyFormat = "attr-dict";
}

def Tile_WaitCopiesOp : Tile_OrderOp<"wait_copies"> {
  let summary = "wait until at most some groups of this thread's outgoing copies are under way";
  let description = [{
    With `read` it is enough that shared memory has been read.

    Example: `tile.wait_copies pending(1) read`
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntMinValue<0>]>:$pending, UnitAttr:$read);
  let assemblyFormat = "`pending` `(` $pending `)` (`read` $read^)? attr-dict";
}

def Tile_FenceAsyncOp : Tile_OrderOp<"fence_async"> {
  let summary = "make this thread's ordinary writes to shared memory visible to copies and products";
  let description = "A `tile.sync` or `tile.arrive` follows. Example: `tile.fence_async`";
  let assemblyFormat = "attr-dict";
}

def Tile_SyncOp : Tile_OrderOp<"sync"> {
  let summary = "wait for all threads of the group";
  let description = "Example: `tile.sync`";
  let assemblyFormat = "attr-dict";
}

def Tile_OneThreadOp : Tile_ScheduledOp<"one_thread", [SingleBlock, NoTerminator, RecursiveMemoryEffects]> {
  let summary = "what the first thread of the group does alone";
  let description = [{
    It is always the same thread, so copies that it starts are ordered by its commits and waits.

    Example:
    ```mlir
    tile.one_thread {
      tile.wait_copies pending(0)
    }
    ```
  }];
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$body attr-dict";
}

//===----------------------------------------------------------------------===//
// Tiles in registers
//===----------------------------------------------------------------------===//

def Tile_MmaAsyncOp : Tile_ScheduledOp<"mma_async"> {
  let summary = "a matrix product under way";
  let description = [{
    As `tile.mma`, of a warpgroup: b lies in shared memory, a there or in registers, sums are in registers. Without an
    accumulator sums start at zero. The product is under way when the operation ends: the result may be the accumulator
    of another product, and is otherwise read behind a `tile.mma_wait` that names it; shared operands may be overwritten
    only behind such a wait, too. The operation commits its product as one group, unless `open`: then the next one's group
    holds both.

    1. Operands have the same element type, f16 or bf16.
    2. Ranks are 2; the contracted sizes agree and are a multiple of 16.
    3. The result is [m, n] of f32; m is a multiple of 64, n one of 8 up to 256.
    4. An operand in registers is not transposed.
    5. An accumulator has the result's type.

    Example:
    ```mlir
    %r = tile.mma_async %a, %b, %acc {transpose_b}
      : !tile.shared<64x64xbf16, pitch 128>, !tile.shared<256x64xbf16> -> !tile.tile<64x256xf32>
    ```
  }];
  let arguments = (ins AnyTypeOf<[Tile_SharedType, Tile_TileType]>:$a, Tile_SharedType:$b,
                       Optional<Tile_TileType>:$accumulator, UnitAttr:$transpose_a, UnitAttr:$transpose_b,
                       UnitAttr:$open);
  let results = (outs Tile_TileType:$result);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    int64_t getM() { return getResult().getType().getShape()[0]; }
    int64_t getN() { return getResult().getType().getShape()[1]; }
    int64_t getK() { return getB().getType().getShape()[getTransposeB() ? 1 : 0]; }
  }];
}

def Tile_MmaWaitOp : Tile_ScheduledOp<"mma_wait", [
    InferTypeOpAdaptor, MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "wait until at most some groups of products are under way";
  let description = [{
    The results are the operands, which may now be read.

    1. Results and operands have the same types.

    Example: `%s = tile.mma_wait pending(0) of %r : !tile.tile<64x256xf32>`
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntMinValue<0>]>:$pending, Variadic<Tile_TileType>:$inputs);
  let results = (outs Variadic<Tile_TileType>:$outputs);
  let assemblyFormat = "`pending` `(` $pending `)` (`of` $inputs^ `:` type($inputs))? attr-dict";
}

def Tile_ColumnsOp : Tile_ScheduledOp<"columns", [Pure]> {
  let summary = "some columns of a tile in registers";
  let description = [{
    1. Rows and element type are the operand's; the columns lie in it, and their first and number are multiples of 8.

    Example: `%c = tile.columns %t from 64 : !tile.tile<64x256xf32> -> !tile.tile<64x64xf32>`
  }];
  let arguments = (ins Tile_TileType:$input, I64Attr:$first);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = "$input `from` $first attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_StoreSharedOp : Tile_ScheduledOp<"store_shared"> {
  let summary = "write a tile from registers to shared memory";
  let description = [{
    1. Shapes and element types agree.

    Example: `tile.store_shared %t to %s : !tile.tile<64x64xbf16> to !tile.shared<64x64xbf16>`
  }];
  let arguments = (ins Tile_TileType:$value, Arg<Tile_SharedType, "", [MemWrite]>:$shared);
  let assemblyFormat = "$value `to` $shared attr-dict `:` type($value) `to` type($shared)";
  let hasVerifier = 1;
}

def Tile_LoadSharedOp : Tile_ScheduledOp<"load_shared"> {
  let summary = "read a tile from shared memory to registers";
  let description = [{
    1. Shapes and element types agree.

    Example: `%t = tile.load_shared %s : !tile.shared<64x64xbf16> -> !tile.tile<64x64xbf16>`
  }];
  let arguments = (ins Arg<Tile_SharedType, "", [MemRead]>:$shared);
  let results = (outs Tile_TileType:$result);
  let assemblyFormat = "$shared attr-dict `:` type($shared) `->` type($result)";
  let hasVerifier = 1;
}

#endif // BRAID_DIALECT_TILE_SCHEDULEDOPS_TD
