tile.kernel @clear_rows_1() attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  %ring = tile.ring : !tile.ring<1, 8xf32>
  tile.role "attend" warps(0, 4) groups(1) registers(128) {
  ^bb0(%group: index):
    %c0 = arith.constant 0 : index
    %s = tile.slot %ring[%c0] : !tile.ring<1, 8xf32>, index -> !tile.shared<8xf32>
    tile.clear_rows %s from %c0 : !tile.shared<8xf32>
    tile.end
  }
  tile.return
}
