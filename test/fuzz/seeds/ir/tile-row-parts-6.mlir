tile.kernel @where_any_4() attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  %full = tile.barrier arrivals(1) : !tile.barrier<1>
  tile.role "attend" warps(0, 4) groups(1) registers(128) {
  ^bb0(%group: index):
    %zero = arith.constant 0.0 : f32
    %x = tile.splat %zero : f32 -> !tile.tile<64x4xf32>
    %c = tile.start phase(0) : !tile.cursor<1>
    %r = tile.where_any %x above %x keep(%x) : !tile.tile<64x4xf32> keep(!tile.tile<64x4xf32>) {
      tile.wait %full[%c] : !tile.barrier<1>, !tile.cursor<1>
      tile.replace %x : !tile.tile<64x4xf32>
    }
    tile.end
  }
  tile.return
}
