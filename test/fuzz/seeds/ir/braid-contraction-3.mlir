func.func @linear_weight_gradient_c1(%dy: tensor<?x64xf32>, %x: tensor<?x512xf32>) -> tensor<512x64xf32> {
  %dw = braid.linear_weight_gradient %dy, %x : (tensor<?x64xf32>, tensor<?x512xf32>) -> tensor<512x64xf32>
  return %dw : tensor<512x64xf32>
}
