// What ../named-barriers.mlir computes: x, then eight times twice the sum and x.
tile.kernel @turns(%x: !tile.view<64x8xf32>, %y: !tile.view<64x8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %t = tile.load %x[%c0, %c0] : !tile.view<64x8xf32> -> !tile.tile<64x8xf32>
  %all = scf.for %i = %c0 to %c8 step %c1 iter_args(%before = %t) -> (!tile.tile<64x8xf32>) {
    %sum = tile.map(%a = %before : !tile.tile<64x8xf32>, %b = %t : !tile.tile<64x8xf32>) -> !tile.tile<64x8xf32> {
      %twice = arith.addf %a, %a : f32
      %r = arith.addf %twice, %b : f32
      tile.yield %r : f32
    }
    scf.yield %sum : !tile.tile<64x8xf32>
  }
  tile.store %all, %y[%c0, %c0] : !tile.tile<64x8xf32> -> !tile.view<64x8xf32>
  tile.return
}
