tile.kernel @memory(%x: !tile.view<?x1024xbf16>, %y: !tile.view<?x1024xbf16>, %wide: !tile.view<?x1024xbf16, strides [18560, 1]>,
                    %tokens: !tile.view<?xi32>, %sums: !tile.view<?x4xf32>, %s: f32) {
  %n = tile.dim %x, 0 : !tile.view<?x1024xbf16>
  %i = tile.block_id 0
  %j = tile.block_id 1
  %lo = tile.block_id 2
  %hi = tile.dim %y, 0 : !tile.view<?x1024xbf16>
  %t = tile.load %x[%i, %j] valid(0 : %lo to %hi) : !tile.view<?x1024xbf16> -> !tile.tile<64x256xbf16>
  tile.store %t, %y[%i, %j] : !tile.tile<64x256xbf16> -> !tile.view<?x1024xbf16>
  %token = tile.read %tokens[%i] : !tile.view<?xi32> -> i32
  tile.write %s, %sums[%i, %j] : f32 -> !tile.view<?x4xf32>
  tile.return
}
