tile.kernel @fold_1(%p: !tile.view<64x12xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %x = tile.load %p[%c0, %c0] : !tile.view<64x12xf32> -> !tile.tile<64x12xf32>
  %parts = tile.splat %zero : f32 -> !tile.tile<64x4xf32>
  %l = tile.fold add %x into %parts : !tile.tile<64x12xf32> into !tile.tile<64x4xf32>
  tile.return
}
