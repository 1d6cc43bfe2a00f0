tile.kernel @bytes_2(%x: !tile.view<?x64xbf16>) attributes {tile.schedule = #tile.schedule<warps = 1, persistent = true>} {
  %ring = tile.ring : !tile.ring<1, 64x64xbf16>
  %full = tile.barrier arrivals(1) : !tile.barrier<1>
  tile.role "load" warps(0, 1) groups(1) registers(40) one_thread {
  ^bb0(%group: index):
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c = tile.start phase(0) : !tile.cursor<1>
    %s = tile.slot %ring[%c] : !tile.ring<1, 64x64xbf16>, !tile.cursor<1> -> !tile.shared<64x64xbf16>
    scf.for %i = %c0 to %c1 step %c1 {
      tile.copy_in %x[%c0, %c0] to %s signals %full[%c] : !tile.view<?x64xbf16> to !tile.shared<64x64xbf16>, !tile.barrier<1>, !tile.cursor<1>
    }
    tile.arrive %full[%c] : !tile.barrier<1>, !tile.cursor<1>
    tile.wait %full[%c] : !tile.barrier<1>, !tile.cursor<1>
    tile.end
  }
  tile.return
}
