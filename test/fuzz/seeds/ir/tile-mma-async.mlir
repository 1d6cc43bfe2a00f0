tile.kernel @finished_6() attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  %ring = tile.ring : !tile.ring<1, 64x64xbf16>
  tile.role "multiply" warps(0, 4) groups(1) registers(128) {
  ^bb0(%group: index):
    %c0 = arith.constant 0 : index
    %s = tile.slot %ring[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
    %r = tile.mma_async %s, %s : !tile.shared<64x64xbf16>, !tile.shared<64x64xbf16> -> !tile.tile<64x64xf32>
    tile.mma_wait pending(1)
    tile.end
  }
  tile.return
}
