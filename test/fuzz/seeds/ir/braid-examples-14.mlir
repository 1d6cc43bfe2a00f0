func.func @embedding(%table: tensor<8192x512xbf16>, %tokens: tensor<?xi32>) {
  %h = braid.embedding %table, %tokens : (tensor<8192x512xbf16>, tensor<?xi32>) -> tensor<?x512xbf16>
  return
}
