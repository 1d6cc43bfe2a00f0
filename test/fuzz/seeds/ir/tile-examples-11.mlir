tile.kernel @sequence_operators() {
  %c0 = arith.constant 0 : index
  %c63 = arith.constant 63 : index
  %n = arith.constant 40 : index
  %tokens = tile.ring : !tile.ring<2, 32x64xbf16>
  %factors = tile.ring : !tile.ring<2, 64x128xbf16>
  %vectors = tile.ring : !tile.ring<2, 64xf32>
  %s = tile.slot %tokens[%c0] : !tile.ring<2, 32x64xbf16>, index -> !tile.shared<32x64xbf16>
  %b = tile.slot %factors[%c0] : !tile.ring<2, 64x128xbf16>, index -> !tile.shared<64x128xbf16>
  %l = tile.slot %vectors[%c0] : !tile.ring<2, 64xf32>, index -> !tile.shared<64xf32>
  tile.clear_rows %b from %n : !tile.shared<64x128xbf16>
  %t = tile.load_transposed %s : !tile.shared<32x64xbf16> -> !tile.tile<64x32xbf16>
  tile.store_transposed %t to %s : !tile.tile<64x32xbf16> to !tile.shared<32x64xbf16>
  %last = tile.read_shared %l[%c63] : !tile.shared<64xf32> -> f32
  tile.return
}
