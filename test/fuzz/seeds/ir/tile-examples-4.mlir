tile.kernel @shapes(%vv: !tile.view<64xf32>, %xv: !tile.view<64x256xf32>, %tv: !tile.view<64x32xf32>, %cv: !tile.view<64x1xf32>,
                    %c0: f32) {
  %o = arith.constant 0 : index
  %z = tile.splat %c0 : f32 -> !tile.tile<64x96xf32>
  %v = tile.load %vv[%o] : !tile.view<64xf32> -> !tile.tile<64xf32>
  %m = tile.broadcast %v dim(1) : !tile.tile<64xf32> -> !tile.tile<64x256xf32>
  %x = tile.load %xv[%o, %o] : !tile.view<64x256xf32> -> !tile.tile<64x256xf32>
  %s = tile.reduce add %x dim(1) : !tile.tile<64x256xf32> -> !tile.tile<64xf32>
  tile.return
}
