tile.kernel @write_shared_1() attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  %ring = tile.ring : !tile.ring<1, 8x8xf32>
  tile.role "attend" warps(0, 4) groups(1) registers(128) {
  ^bb0(%group: index):
    %c0 = arith.constant 0 : index
    %zero = arith.constant 0.0 : f32
    %s = tile.slot %ring[%c0] : !tile.ring<1, 8x8xf32>, index -> !tile.shared<8x8xf32>
    tile.write_shared %zero, %s[%c0] : f32 to !tile.shared<8x8xf32>
    tile.end
  }
  tile.return
}
