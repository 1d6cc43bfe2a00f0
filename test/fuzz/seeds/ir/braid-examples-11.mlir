braid.state @"layers.0.ssm" recurrent : tensor<16x64x128xf32>
func.func @ssd_scan(%x: tensor<?x1024xbf16>, %dt: tensor<?x16xbf16>, %b: tensor<?x128xbf16>, %c: tensor<?x128xbf16>,
                    %a_log: tensor<16xf32>, %d: tensor<16xf32>, %dt_bias: tensor<16xf32>, %rows: !braid.rows<segment>) {
  %y = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@"layers.0.ssm")
     {heads = 16 : i64, head_dim = 64 : i64, groups = 1 : i64, state_size = 128 : i64, chunk = 128 : i64,
      dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
     : (tensor<?x1024xbf16>, tensor<?x16xbf16>, tensor<?x128xbf16>, tensor<?x128xbf16>, tensor<16xf32>, tensor<16xf32>,
        tensor<16xf32>, !braid.rows<segment>) -> tensor<?x1024xbf16>
  return
}
