func.func @primitives(%x: tensor<?x512xf32>, %v: tensor<?xf32>) {
  %s = braid.reduce <add> %x {dim = 1 : i64} : (tensor<?x512xf32>) -> tensor<?xf32>
  %y = braid.broadcast %v, %x {dims = array<i64: 0>} : (tensor<?xf32>, tensor<?x512xf32>) -> tensor<?x512xf32>
  return
}
