func.func @gate(%g: tensor<?x512xbf16>, %x: tensor<?x512xbf16>) {
  %y = braid.gate <silu> %g, %x : tensor<?x512xbf16>
  return
}
