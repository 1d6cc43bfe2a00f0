tile.kernel @doubled(%x: !tile.view<64x8xf32>, %y: !tile.view<64x8xf32>) attributes {
    tile.schedule = #tile.schedule<warps = 8, persistent = true>} {
  %numbers = tile.ring : !tile.ring<2, 1xi32>
  %full = tile.barrier arrivals(1) : !tile.barrier<2>
  %empty = tile.barrier arrivals(1) : !tile.barrier<2>
  tile.role "count" warps(0, 4) groups(1) registers(40) one_thread {
  ^bb0(%group: index):
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c5 = arith.constant 5 : index
    %first = tile.start phase(1) : !tile.cursor<2>
    %last = scf.for %i = %c1 to %c5 step %c1 iter_args(%stage = %first) -> (!tile.cursor<2>) {
      tile.wait %empty[%stage] : !tile.barrier<2>, !tile.cursor<2>
      %more = arith.subi %c5, %i : index
      %number = arith.index_cast %more : index to i32
      %slot = tile.slot %numbers[%stage] : !tile.ring<2, 1xi32>, !tile.cursor<2> -> !tile.shared<1xi32>
      tile.write_shared %number, %slot[%c0] : i32 to !tile.shared<1xi32>
      tile.arrive %full[%stage] : !tile.barrier<2>, !tile.cursor<2>
      %next = tile.advance %stage : !tile.cursor<2>
      scf.yield %next : !tile.cursor<2>
    }
    tile.end
  }
  tile.role "double" warps(4, 4) groups(1) registers(128) {
  ^bb0(%group: index):
    %c0 = arith.constant 0 : index
    %one = arith.constant 1 : index
    %first = tile.start phase(0) : !tile.cursor<2>
    %t = tile.load %x[%c0, %c0] : !tile.view<64x8xf32> -> !tile.tile<64x8xf32>
    %r:2 = scf.while (%stage = %first, %s = %t) : (!tile.cursor<2>, !tile.tile<64x8xf32>)
        -> (!tile.cursor<2>, !tile.tile<64x8xf32>) {
      tile.wait %full[%stage] : !tile.barrier<2>, !tile.cursor<2>
      %slot = tile.slot %numbers[%stage] : !tile.ring<2, 1xi32>, !tile.cursor<2> -> !tile.shared<1xi32>
      %number = tile.read_shared %slot[%c0] : !tile.shared<1xi32> -> i32
      tile.sync
      tile.arrive %empty[%stage] : !tile.barrier<2>, !tile.cursor<2>
      %left = arith.index_cast %number : i32 to index
      %more = arith.cmpi slt, %one, %left : index
      scf.condition(%more) %stage, %s : !tile.cursor<2>, !tile.tile<64x8xf32>
    } do {
    ^bb0(%stage: !tile.cursor<2>, %s: !tile.tile<64x8xf32>):
      %d = tile.map(%e = %s : !tile.tile<64x8xf32>) -> !tile.tile<64x8xf32> {
        %sum = arith.addf %e, %e : f32
        tile.yield %sum : f32
      }
      %next = tile.advance %stage : !tile.cursor<2>
      scf.yield %next, %d : !tile.cursor<2>, !tile.tile<64x8xf32>
    }
    tile.store %r#1, %y[%c0, %c0] : !tile.tile<64x8xf32> -> !tile.view<64x8xf32>
    tile.end
  }
  tile.return
}
