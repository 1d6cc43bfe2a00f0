func.func @reshape(%x: tensor<?x512xf32>) {
  %y = braid.reshape %x : (tensor<?x512xf32>) -> tensor<?x8x64xf32>
  return
}
