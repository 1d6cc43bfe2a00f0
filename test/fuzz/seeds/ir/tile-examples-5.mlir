tile.kernel @vectors(%xv: !tile.view<64xf32>) {
  %o = arith.constant 0 : index
  %c63 = arith.constant 63 : index
  %x = tile.load %xv[%o] : !tile.view<64xf32> -> !tile.tile<64xf32>
  %same = tile.map(%v = %x : !tile.tile<64xf32>) -> !tile.tile<64xf32> {
    tile.yield %v : f32
  }
  %l = tile.prefix_sum %x dim(0) : !tile.tile<64xf32>
  %last = tile.extract %l[%c63] : !tile.tile<64xf32> -> f32
  tile.return
}
