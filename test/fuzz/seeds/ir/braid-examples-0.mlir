braid.weight @"norm_f.weight" : tensor<512xbf16> init {kind = "constant", value = 1.0 : f64}
func.func @get_weight() {
  %w = braid.get_weight @"norm_f.weight" : tensor<512xbf16>
  return
}
