func.func @slice(%x: tensor<?x512xf32>) {
  %y = braid.slice %x {dim = 1 : i64, from = 8 : i64, to = 16 : i64} : (tensor<?x512xf32>) -> tensor<?x8xf32>
  return
}
