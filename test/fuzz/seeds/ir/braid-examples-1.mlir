func.func @fused(%x: tensor<?x512xbf16>, %w: tensor<64x512xbf16>) {
  %y = braid.fused(%a = %x, %b = %w) : (tensor<?x512xbf16>, tensor<64x512xbf16>) -> tensor<?x64xbf16> {
    %0 = braid.linear %a, %b : (tensor<?x512xbf16>, tensor<64x512xbf16>) -> tensor<?x64xbf16>
    %1 = braid.activation <silu> %0 : tensor<?x64xbf16>
    braid.yield %1 : tensor<?x64xbf16>
  }
  return
}
