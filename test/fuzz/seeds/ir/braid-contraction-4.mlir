func.func @scale_rows_c1(%x: tensor<?x512xf32>, %s: tensor<?x2xf32>) -> tensor<?x512xf32> {
  %y = braid.scale_rows %x, %s : (tensor<?x512xf32>, tensor<?x2xf32>) -> tensor<?x512xf32>
  return %y : tensor<?x512xf32>
}
