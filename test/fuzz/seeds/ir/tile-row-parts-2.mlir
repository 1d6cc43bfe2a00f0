tile.kernel @fold_2() {
  %zero = arith.constant 0.0 : f32
  %x = tile.splat %zero : f32 -> !tile.tile<64x16xf32>
  %parts = tile.splat %zero : f32 -> !tile.tile<128x4xf32>
  %l = tile.fold max %x into %parts : !tile.tile<64x16xf32> into !tile.tile<128x4xf32>
  tile.return
}
