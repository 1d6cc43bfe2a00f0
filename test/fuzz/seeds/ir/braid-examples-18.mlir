func.func @gated_rms_norm(%x: tensor<?x8192xbf16>, %z: tensor<?x8192xbf16>, %w: tensor<8192xbf16>) {
  %y = braid.gated_rms_norm %x, %z, %w {eps = 1.0e-5 : f64, groups = 8 : i64}
     : (tensor<?x8192xbf16>, tensor<?x8192xbf16>, tensor<8192xbf16>) -> tensor<?x8192xbf16>
  return
}
