tile.kernel @scale(%x: !tile.view<?x64xf32>, %s: f32) {
  %b = tile.block_id 0
  %c0 = arith.constant 0 : index
  %t = tile.load %x[%b, %c0] : !tile.view<?x64xf32> -> !tile.tile<64xf32>
  %r = tile.map(%e = %t : !tile.tile<64xf32>) -> !tile.tile<64xf32> {
    %p = arith.mulf %e, %s : f32
    tile.yield %p : f32
  }
  tile.store %r, %x[%b, %c0] : !tile.tile<64xf32> -> !tile.view<?x64xf32>
  tile.return
}
