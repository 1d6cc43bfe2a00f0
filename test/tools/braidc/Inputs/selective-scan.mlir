func.func @scan(%x: tensor<?x8xf32>, %dt: tensor<?x8xf32>, %b: tensor<?x4xf32>, %c: tensor<?x4xf32>, %a: tensor<8x4xf32>,
                %d: tensor<8xf32>, %bias: tensor<8xf32>, %rows: !braid.rows<segment>) -> tensor<?x8xf32> {
  %y = braid.selective_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<8x4xf32>, tensor<8xf32>, tensor<8xf32>,
       !braid.rows<segment>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
