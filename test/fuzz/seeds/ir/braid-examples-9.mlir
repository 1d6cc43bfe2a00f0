func.func @convert(%x: tensor<?xi64>) {
  %y = braid.convert %x : (tensor<?xi64>) -> tensor<?xf32>
  return
}
