tile.kernel @masked(%sv: !tile.view<64x64xf32>, %minus_infinity: f32) {
  %o = arith.constant 0 : index
  %s = tile.load %sv[%o, %o] : !tile.view<64x64xf32> -> !tile.tile<64x64xf32>
  %r = tile.map(%e = %s : !tile.tile<64x64xf32>) at(%i, %j) -> !tile.tile<64x64xf32> {
    %future = arith.cmpi sgt, %j, %i : index
    %m = arith.select %future, %minus_infinity, %e : f32
    tile.yield %m : f32
  }
  tile.return
}
