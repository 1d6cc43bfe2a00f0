tile.kernel @recurrence(%uv: !tile.view<32x64xf32>, %bv: !tile.view<32x16xf32>, %rv: !tile.view<16x64xf32>, %n: index) {
  %o = arith.constant 0 : index
  %u = tile.load %uv[%o, %o] : !tile.view<32x64xf32> -> !tile.tile<32x64xf32>
  %step = tile.load %uv[%o, %o] : !tile.view<32x64xf32> -> !tile.tile<32x64xf32>
  %b = tile.load %bv[%o, %o] : !tile.view<32x16xf32> -> !tile.tile<32x16xf32>
  %c = tile.load %bv[%o, %o] : !tile.view<32x16xf32> -> !tile.tile<32x16xf32>
  %rate = tile.load %rv[%o, %o] : !tile.view<16x64xf32> -> !tile.tile<16x64xf32>
  %s0 = tile.load %rv[%o, %o] : !tile.view<16x64xf32> -> !tile.tile<16x64xf32>
  %y, %s1 = tile.recurrence %u, %step, %b, %c, %rate, %s0 count(%n)
      : !tile.tile<32x64xf32>, !tile.tile<32x16xf32>, !tile.tile<16x64xf32>
  tile.return
}
