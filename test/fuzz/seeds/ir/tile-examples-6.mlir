tile.kernel @transpose(%xv: !tile.view<64x32xf32>) {
  %o = arith.constant 0 : index
  %x = tile.load %xv[%o, %o] : !tile.view<64x32xf32> -> !tile.tile<64x32xf32>
  %t = tile.transpose %x : !tile.tile<64x32xf32> -> !tile.tile<32x64xf32>
  tile.return
}
