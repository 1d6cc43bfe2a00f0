tile.kernel @where_any_3() {
  %zero = arith.constant 0.0 : f32
  %x = tile.splat %zero : f32 -> !tile.tile<64x4xf32>
  %y = tile.splat %zero : f32 -> !tile.tile<64x8xf32>
  %r = tile.where_any %x above %x keep(%y) : !tile.tile<64x4xf32> keep(!tile.tile<64x8xf32>) {
    tile.replace %x : !tile.tile<64x4xf32>
  }
  tile.return
}
