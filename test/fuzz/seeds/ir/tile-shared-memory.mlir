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
