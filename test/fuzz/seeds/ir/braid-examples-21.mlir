func.func @add(%r: tensor<?x512xf32>, %y: tensor<?x512xbf16>, %x: tensor<?x512xbf16>) {
  %r1 = braid.add %r, %y : (tensor<?x512xf32>, tensor<?x512xbf16>) -> tensor<?x512xf32>
  return
}
