tile.kernel @arithmetic(%xv: !tile.view<64x256xbf16>, %wv: !tile.view<96x256xbf16>, %sv: !tile.view<64x64xf32>, %c0: f32,
                        %minus_infinity: f32) {
  %o = arith.constant 0 : index
  %x = tile.load %xv[%o, %o] : !tile.view<64x256xbf16> -> !tile.tile<64x256xbf16>
  %w = tile.load %wv[%o, %o] : !tile.view<96x256xbf16> -> !tile.tile<96x256xbf16>
  %acc = tile.splat %c0 : f32 -> !tile.tile<64x96xf32>
  %r = tile.mma %x, %w, %acc {transpose_b} : !tile.tile<64x256xbf16>, !tile.tile<96x256xbf16> -> !tile.tile<64x96xf32>
  tile.return
}
