tile.kernel @doubled(%x: !tile.view<64x8xf32>, %y: !tile.view<64x8xf32>) {
  %c0 = arith.constant 0 : index
  %eight = arith.constant 8.0 : f32
  %t = tile.load %x[%c0, %c0] : !tile.view<64x8xf32> -> !tile.tile<64x8xf32>
  %r = tile.map(%e = %t : !tile.tile<64x8xf32>) -> !tile.tile<64x8xf32> {
    %p = arith.mulf %e, %eight : f32
    tile.yield %p : f32
  }
  tile.store %r, %y[%c0, %c0] : !tile.tile<64x8xf32> -> !tile.view<64x8xf32>
  tile.return
}
