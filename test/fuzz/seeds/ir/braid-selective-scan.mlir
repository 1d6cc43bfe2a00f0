braid.state @"layers.0.scan" recurrent : tensor<1024x16xf32>
func.func @selective_scan(%x: tensor<?x1024xbf16>, %dt: tensor<?x1024xbf16>, %b: tensor<?x16xbf16>, %c: tensor<?x16xbf16>,
                          %a_log: tensor<1024x16xf32>, %d: tensor<1024xf32>, %dt_bias: tensor<1024xf32>,
                          %rows: !braid.rows<segment>) {
  %y = braid.selective_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@"layers.0.scan")
     : (tensor<?x1024xbf16>, tensor<?x1024xbf16>, tensor<?x16xbf16>, tensor<?x16xbf16>, tensor<1024x16xf32>,
        tensor<1024xf32>, tensor<1024xf32>, !braid.rows<segment>) -> tensor<?x1024xbf16>
  return
}
