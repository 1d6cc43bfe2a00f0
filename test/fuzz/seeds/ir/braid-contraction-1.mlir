func.func @scale_rows(%x: tensor<?x512xf32>, %s: tensor<?x1xf32>) -> tensor<?x512xbf16> {
  %y = braid.scale_rows %x, %s : (tensor<?x512xf32>, tensor<?x1xf32>) -> tensor<?x512xbf16>
  return %y : tensor<?x512xbf16>
}
