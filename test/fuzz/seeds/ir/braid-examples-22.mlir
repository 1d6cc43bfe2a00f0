func.func @cast(%x: tensor<?x512xbf16>) {
  %r = braid.cast %x : (tensor<?x512xbf16>) -> tensor<?x512xf32>
  return
}
