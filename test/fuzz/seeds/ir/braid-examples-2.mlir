func.func @contract(%a: tensor<8x4x64xf32>, %b: tensor<8x?x64xf32>) {
  %y = braid.contract %a, %b {batch = 1 : i64} : (tensor<8x4x64xf32>, tensor<8x?x64xf32>) -> tensor<8x4x?xf32>
  return
}
