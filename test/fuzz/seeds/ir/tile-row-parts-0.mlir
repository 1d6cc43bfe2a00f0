tile.kernel @rows() attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  tile.role "attend" warps(0, 4) groups(1) registers(128) {
  ^bb0(%group: index):
    %zero = arith.constant 0.0 : f32
    %p = tile.splat %zero : f32 -> !tile.tile<64x128xf32>
    %parts = tile.splat %zero : f32 -> !tile.tile<64x4xf32>
    %l = tile.fold add %p into %parts : !tile.tile<64x128xf32> into !tile.tile<64x4xf32>
    %sum = tile.reduce add %l dim(1) : !tile.tile<64x4xf32> -> !tile.tile<64xf32>
    %r:2 = tile.where_any %l above %parts keep(%p, %sum) : !tile.tile<64x4xf32> keep(!tile.tile<64x128xf32>, !tile.tile<64xf32>) {
      %anew = tile.reduce max %l dim(1) : !tile.tile<64x4xf32> -> !tile.tile<64xf32>
      tile.replace %p, %anew : !tile.tile<64x128xf32>, !tile.tile<64xf32>
    }
    tile.end
  }
  tile.return
}
