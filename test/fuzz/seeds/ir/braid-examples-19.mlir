func.func @activation(%x: tensor<?x512xbf16>) {
  %y = braid.activation <gelu> %x : tensor<?x512xbf16>
  return
}
