tile.kernel @scheduled(%x: !tile.view<?x32xf32>) attributes {tile.cpu = #tile.cpu<vectorBits = 512, bf16Dot = true>} {
  %c0 = arith.constant 0 : index
  %t = tile.load %x[%c0, %c0] {tile.place = #tile.place<rows, offset = 64, stride = 32>} : !tile.view<?x32xf32> -> !tile.tile<4x32xf32>
  %u = tile.load %x[%c0, %c0] {tile.place = #tile.place<inline>} : !tile.view<?x32xf32> -> !tile.tile<4x32xf32>
  tile.return
}
