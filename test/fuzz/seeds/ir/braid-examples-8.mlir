func.func @gather(%table: tensor<8192x512xf32>, %index: tensor<?xi32>) {
  %y = braid.gather %table, %index : (tensor<8192x512xf32>, tensor<?xi32>) -> tensor<?x512xf32>
  return
}
