func.func @linear(%x: tensor<?x512xbf16>, %w: tensor<64x512xbf16>, %b: tensor<64xbf16>) {
  %y = braid.linear %x, %w bias(%b) : (tensor<?x512xbf16>, tensor<64x512xbf16>, tensor<64xbf16>) -> tensor<?x64xbf16>
  return
}
