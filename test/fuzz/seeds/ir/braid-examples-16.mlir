func.func @norms(%x: tensor<?x512xf32>, %w: tensor<512xbf16>) {
  %y = braid.rms_norm %x, %w {eps = 1.0e-5 : f64} : (tensor<?x512xf32>, tensor<512xbf16>) -> tensor<?x512xbf16>
  return
}
