func.func @epilogue(%x: tensor<?x512xbf16>, %w: tensor<1000x512xbf16>, %b: tensor<1000xbf16>,
                    %r: tensor<?x1000xbf16>) -> tensor<?x1000xbf16> {
  %y = braid.linear %x, %w bias(%b) : (tensor<?x512xbf16>, tensor<1000x512xbf16>, tensor<1000xbf16>) -> tensor<?x1000xbf16>
  %a = braid.activation <silu> %y : tensor<?x1000xbf16>
  %z = braid.add %a, %r : (tensor<?x1000xbf16>, tensor<?x1000xbf16>) -> tensor<?x1000xbf16>
  return %z : tensor<?x1000xbf16>
}
// Rows that begin at no multiple of 16 bytes: copied by threads.
func.func @odd(%x: tensor<?x97xbf16>, %w: tensor<81x97xbf16>) -> tensor<?x81xbf16> {
  %y = braid.linear %x, %w : (tensor<?x97xbf16>, tensor<81x97xbf16>) -> tensor<?x81xbf16>
  return %y : tensor<?x81xbf16>
}
func.func @input_gradient(%dy: tensor<?x1000xbf16>, %w: tensor<1000x512xbf16>) -> tensor<?x512xbf16> {
  %dx = braid.linear_input_gradient %dy, %w : (tensor<?x1000xbf16>, tensor<1000x512xbf16>) -> tensor<?x512xbf16>
  return %dx : tensor<?x512xbf16>
}
func.func @weight_gradient(%dy: tensor<?x1000xbf16>, %x: tensor<?x512xbf16>) -> tensor<1000x512xf32> {
  %dw = braid.linear_weight_gradient %dy, %x : (tensor<?x1000xbf16>, tensor<?x512xbf16>) -> tensor<1000x512xf32>
  return %dw : tensor<1000x512xf32>
}
// Rows that straddle cache lines, and every kind of epilogue.
func.func @straddling(%x: tensor<?x520xbf16>, %w: tensor<1000x520xbf16>, %b: tensor<1000xbf16>, %g: tensor<?x1000xbf16>,
                      %r: tensor<?x1000xf32>) -> tensor<?x1000xf32> {
  %y = braid.linear %x, %w bias(%b) : (tensor<?x520xbf16>, tensor<1000x520xbf16>, tensor<1000xbf16>) -> tensor<?x1000xbf16>
  %a = braid.activation <gelu> %y : tensor<?x1000xbf16>
  %m = braid.gate <silu> %g, %a : tensor<?x1000xbf16>
  %z = braid.add %r, %m : (tensor<?x1000xf32>, tensor<?x1000xbf16>) -> tensor<?x1000xf32>
  return %z : tensor<?x1000xf32>
}
func.func @straddling_plain(%x: tensor<?x520xbf16>, %w: tensor<1000x520xbf16>) -> tensor<?x1000xbf16> {
  %y = braid.linear %x, %w : (tensor<?x520xbf16>, tensor<1000x520xbf16>) -> tensor<?x1000xbf16>
  return %y : tensor<?x1000xbf16>
}
