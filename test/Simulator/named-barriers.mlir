// Two groups take turns at one buffer through named barriers; a third role waits for both. The order is the same whoever
// goes first: what the group before wrote is what a group reads.
// RUN: braid-opt %s --tile-verify-schedule -o /dev/null
// RUN: braid-simulate %s --text=%S/Inputs/turns-text.mlir --grid=1 --seeds=20 | FileCheck %s
// CHECK: turns: 20 seeds, largest difference from the text 0

// A turn that is not given: the other group waits for ever.
// RUN: sed '/tile.named_arrive %%turn\[%%next\]/d' %s > %t.lost && braid-opt %t.lost --tile-verify-schedule -o /dev/null
// RUN: not braid-simulate %t.lost --grid=1 2>&1 | FileCheck %s --check-prefix=LOST
// LOST: error: 'tile.named_sync' op in role "show" waits for ever: phase 0 of barrier 0 has 4 of 12 warps
// LOST: note: its barrier is made here
// LOST: note: in role "add", group 1 waits for ever: phase 0 of barrier 1 has 4 of 8 warps

// A turn that is given twice: which phase the second one counts for depends on who is faster.
// RUN: sed 's/^\( *\)tile.named_arrive %%turn\[%%next\].*/&\n&/' %s > %t.twice && braid-opt %t.twice --tile-verify-schedule -o /dev/null
// RUN: not braid-simulate %t.twice --grid=1 2>&1 | FileCheck %s --check-prefix=TWICE
// TWICE: error: 'tile.named_arrive' op in role "add", group {{[01]}} arrives at barrier {{[01]}} again: nothing orders it behind the end of phase 0

// A group that does not wait for its turn: nothing orders its reads behind the other's writes.
// RUN: sed 's/tile.named_sync %%turn\[%%group\]/tile.named_arrive %%turn[%%group]/' %s > %t.early && braid-opt %t.early --tile-verify-schedule -o /dev/null
// RUN: not braid-simulate %t.early --grid=1 2>&1 | FileCheck %s --check-prefix=EARLY
// EARLY: error: 'tile.{{load_shared|store_shared}}' op in role "add", group {{[01]}} {{reads|overwrites}} shared memory too early: nothing orders it behind what role "add" does there

// More warps, and fewer, than come; a number that no barrier has; a turn that nobody takes.
// RUN: sed 's/warps(8)/warps(6)/' %s > %t.fewer && not braid-simulate %t.fewer --grid=1 2>&1 | FileCheck %s --check-prefix=FEWER
// FEWER: error: 'tile.named_{{arrive|sync}}' op in role "{{add|show}}"{{.*}} expects 6 warps in phase 0 of barrier {{[01]}}, found 8
// RUN: sed 's/%%next = arith.subi %%c1, %%group/%%next = arith.addi %%c1, %%group/' %s > %t.beyond
// RUN: not braid-simulate %t.beyond --grid=1 2>&1 | FileCheck %s --check-prefix=BEYOND
// BEYOND: error: 'tile.named_arrive' op in role "add", group 1 expects a barrier from 0 to 1, found 2
// RUN: sed '/tile.named_sync %%turn\[%%c0\]/d' %s > %t.left
// RUN: not braid-simulate %t.left --grid=1 2>&1 | FileCheck %s --check-prefix=LEFT
// LEFT: error: 'tile.named_barrier' op expects its phases to be over when the roles end, found that phase 4 of barrier 0 has 4 of 8 warps
tile.kernel @turns(%x: !tile.view<64x8xf32>, %y: !tile.view<64x8xf32>) attributes {
    tile.schedule = #tile.schedule<warps = 12, persistent = true>} {
  %sums = tile.ring : !tile.ring<1, 64x8xf32>
  %turn = tile.named_barrier warps(8) : !tile.named_barrier<2>
  %done = tile.named_barrier warps(12) : !tile.named_barrier<1>
  tile.role "show" warps(0, 4) groups(1) registers(40) {
  ^bb0(%group: index):
    %c0 = arith.constant 0 : index
    tile.named_sync %done[%c0] : !tile.named_barrier<1>
    %s = tile.slot %sums[%c0] : !tile.ring<1, 64x8xf32>, index -> !tile.shared<64x8xf32>
    %t = tile.load_shared %s : !tile.shared<64x8xf32> -> !tile.tile<64x8xf32>
    tile.store %t, %y[%c0, %c0] : !tile.tile<64x8xf32> -> !tile.view<64x8xf32>
    tile.end
  }
  tile.role "add" warps(4, 8) groups(2) registers(128) {
  ^bb0(%group: index):
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %next = arith.subi %c1, %group : index
    %isLast = arith.cmpi slt, %c0, %group : index
    %s = tile.slot %sums[%c0] : !tile.ring<1, 64x8xf32>, index -> !tile.shared<64x8xf32>
    %t = tile.load %x[%c0, %c0] : !tile.view<64x8xf32> -> !tile.tile<64x8xf32>
    scf.if %isLast {
      tile.store_shared %t to %s : !tile.tile<64x8xf32> to !tile.shared<64x8xf32>
      tile.named_arrive %turn[%c0] : !tile.named_barrier<2>
    }
    scf.for %i = %c0 to %c4 step %c1 {
      tile.named_sync %turn[%group] : !tile.named_barrier<2>
      %before = tile.load_shared %s : !tile.shared<64x8xf32> -> !tile.tile<64x8xf32>
      tile.sync
      %sum = tile.map(%a = %before : !tile.tile<64x8xf32>, %b = %t : !tile.tile<64x8xf32>) -> !tile.tile<64x8xf32> {
        %twice = arith.addf %a, %a : f32
        %r = arith.addf %twice, %b : f32
        tile.yield %r : f32
      }
      tile.store_shared %sum to %s : !tile.tile<64x8xf32> to !tile.shared<64x8xf32>
      tile.named_arrive %turn[%next] : !tile.named_barrier<2>
    }
    %isFirst = arith.cmpi slt, %group, %c1 : index
    scf.if %isFirst {
      tile.named_sync %turn[%c0] : !tile.named_barrier<2>
    }
    tile.named_arrive %done[%c0] : !tile.named_barrier<1>
    tile.end
  }
  tile.return
}
