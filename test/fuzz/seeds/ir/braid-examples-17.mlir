func.func @layer_norm(%x: tensor<?x512xbf16>, %w: tensor<512xbf16>, %b: tensor<512xbf16>) {
  %y = braid.layer_norm %x, %w, %b {eps = 1.0e-5 : f64, plus_one}
     : (tensor<?x512xbf16>, tensor<512xbf16>, tensor<512xbf16>) -> tensor<?x512xbf16>
  return
}
