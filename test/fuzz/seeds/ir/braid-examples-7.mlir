func.func @concat(%a: tensor<?x8x64xf32>, %b: tensor<1x8x64xf32>) {
  %y = braid.concat %a, %b {dim = 0 : i64} : (tensor<?x8x64xf32>, tensor<1x8x64xf32>) -> tensor<?x8x64xf32>
  return
}
