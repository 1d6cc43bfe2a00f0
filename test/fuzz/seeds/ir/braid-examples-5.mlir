func.func @transpose(%x: tensor<8x64xf32>) {
  %y = braid.transpose %x {permutation = array<i64: 1, 0>} : (tensor<8x64xf32>) -> tensor<64x8xf32>
  return
}
