tile.kernel @read_shared_1() attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  %ring = tile.ring : !tile.ring<1, 8xi32>
  tile.role "attend" warps(0, 4) groups(1) registers(128) {
  ^bb0(%group: index):
    %c0 = arith.constant 0 : index
    %s = tile.slot %ring[%c0] : !tile.ring<1, 8xi32>, index -> !tile.shared<8xi32>
    %n = tile.read_shared %s[%c0] : !tile.shared<8xi32> -> f32
    tile.end
  }
  tile.return
}
