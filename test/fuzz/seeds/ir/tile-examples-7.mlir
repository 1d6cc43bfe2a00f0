tile.kernel @reshape(%xv: !tile.view<64x1xf32>) {
  %o = arith.constant 0 : index
  %x = tile.load %xv[%o, %o] : !tile.view<64x1xf32> -> !tile.tile<64x1xf32>
  %v = tile.reshape %x : !tile.tile<64x1xf32> -> !tile.tile<64xf32>
  tile.return
}
