func.func @columns(%p: tensor<?x18560xbf16>) {
  %z = braid.columns %p from 0 : (tensor<?x18560xbf16>) -> tensor<?x8192xbf16>
  return
}
