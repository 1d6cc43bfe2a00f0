func.func @gradients(%dy: tensor<?x64xbf16>, %w: tensor<64x512xbf16>, %x: tensor<?x512xbf16>) {
  %dx = braid.linear_input_gradient %dy, %w : (tensor<?x64xbf16>, tensor<64x512xbf16>) -> tensor<?x512xbf16>
  %dw = braid.linear_weight_gradient %dy, %x : (tensor<?x64xbf16>, tensor<?x512xbf16>) -> tensor<64x512xf32>
  return
}
