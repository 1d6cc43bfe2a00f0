func.func @linear_input_gradient_c1(%dy: tensor<?x64xf32>, %w: tensor<63x512xf32>) -> tensor<?x512xf32> {
  %dx = braid.linear_input_gradient %dy, %w : (tensor<?x64xf32>, tensor<63x512xf32>) -> tensor<?x512xf32>
  return %dx : tensor<?x512xf32>
}
