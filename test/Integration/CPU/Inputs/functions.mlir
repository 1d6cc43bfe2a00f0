// Functions of tensors, one family each, at sizes that nothing divides.
braid.state @tail conv_tail : tensor<3x37xf32>
braid.state @ssm recurrent : tensor<6x9x20xf32>
braid.state @scan recurrent : tensor<37x21xf32>
braid.state @key kv : tensor<?x2x24xf32>
braid.state @value kv : tensor<?x2x24xf32>

func.func @linear(%x: tensor<?x70xf32>, %w: tensor<33x70xf32>, %bias: tensor<33xf32>, %r: tensor<?x33xf32>)
    -> tensor<?x33xf32> {
  %0 = braid.linear %x, %w bias(%bias) : (tensor<?x70xf32>, tensor<33x70xf32>, tensor<33xf32>) -> tensor<?x33xf32>
  %1 = braid.activation <gelu> %0 : tensor<?x33xf32>
  %2 = braid.add %r, %1 : (tensor<?x33xf32>, tensor<?x33xf32>) -> tensor<?x33xf32>
  return %2 : tensor<?x33xf32>
}

func.func @linear_bf16(%x: tensor<?x70xbf16>, %w: tensor<33x70xbf16>, %bias: tensor<33xbf16>) -> tensor<?x33xbf16> {
  %0 = braid.linear %x, %w bias(%bias) : (tensor<?x70xbf16>, tensor<33x70xbf16>, tensor<33xbf16>) -> tensor<?x33xbf16>
  return %0 : tensor<?x33xbf16>
}

// No size grows: the rows of the product are a number.
func.func @linear_static(%x: tensor<19x70xf32>, %w: tensor<33x70xf32>) -> tensor<19x33xf32> {
  %0 = braid.linear %x, %w : (tensor<19x70xf32>, tensor<33x70xf32>) -> tensor<19x33xf32>
  return %0 : tensor<19x33xf32>
}

// Two kernels with a buffer between them, and two results.
func.func @norm_then_linear(%x: tensor<?x70xf32>, %n: tensor<70xf32>, %w: tensor<33x70xf32>)
    -> (tensor<?x33xf32>, tensor<?x70xf32>) {
  %0 = braid.rms_norm %x, %n {eps = 1.0e-5 : f64} : (tensor<?x70xf32>, tensor<70xf32>) -> tensor<?x70xf32>
  %1 = braid.cast %0 : (tensor<?x70xf32>) -> tensor<?x70xf64>
  %2 = braid.cast %1 : (tensor<?x70xf64>) -> tensor<?x70xf32>
  %3 = braid.linear %0, %w : (tensor<?x70xf32>, tensor<33x70xf32>) -> tensor<?x33xf32>
  return %3, %2 : tensor<?x33xf32>, tensor<?x70xf32>
}

func.func @conv(%x: tensor<?x37xf32>, %w: tensor<37x1x4xf32>, %bias: tensor<37xf32>, %rows: !braid.rows<segment>)
    -> tensor<?x37xf32> {
  %0 = braid.causal_conv1d <silu> %x, %w bias(%bias) rows(%rows) state(@tail)
    : (tensor<?x37xf32>, tensor<37x1x4xf32>, tensor<37xf32>, !braid.rows<segment>) -> tensor<?x37xf32>
  return %0 : tensor<?x37xf32>
}

func.func @ssd(%x: tensor<?x54xf32>, %dt: tensor<?x6xf32>, %b: tensor<?x60xf32>, %c: tensor<?x60xf32>,
               %a_log: tensor<6xf32>, %d: tensor<6xf32>, %dt_bias: tensor<6xf32>, %rows: !braid.rows<segment>)
    -> tensor<?x54xf32> {
  %0 = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@ssm)
    {heads = 6 : i64, head_dim = 9 : i64, groups = 3 : i64, state_size = 20 : i64, chunk = 16 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x54xf32>, tensor<?x6xf32>, tensor<?x60xf32>, tensor<?x60xf32>, tensor<6xf32>, tensor<6xf32>,
       tensor<6xf32>, !braid.rows<segment>) -> tensor<?x54xf32>
  return %0 : tensor<?x54xf32>
}

func.func @selective(%x: tensor<?x37xf32>, %dt: tensor<?x37xf32>, %b: tensor<?x21xf32>, %c: tensor<?x21xf32>,
                     %a_log: tensor<37x21xf32>, %d: tensor<37xf32>, %dt_bias: tensor<37xf32>, %rows: !braid.rows<segment>)
    -> tensor<?x37xf32> {
  %0 = braid.selective_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@scan)
    : (tensor<?x37xf32>, tensor<?x37xf32>, tensor<?x21xf32>, tensor<?x21xf32>, tensor<37x21xf32>, tensor<37xf32>,
       tensor<37xf32>, !braid.rows<segment>) -> tensor<?x37xf32>
  return %0 : tensor<?x37xf32>
}

func.func @selective_step(%x: tensor<?x37xf32>, %dt: tensor<?x37xf32>, %b: tensor<?x21xf32>, %c: tensor<?x21xf32>,
                          %a_log: tensor<37x21xf32>, %d: tensor<37xf32>, %dt_bias: tensor<37xf32>,
                          %rows: !braid.rows<step>) -> tensor<?x37xf32> {
  %0 = braid.selective_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@scan)
    : (tensor<?x37xf32>, tensor<?x37xf32>, tensor<?x21xf32>, tensor<?x21xf32>, tensor<37x21xf32>, tensor<37xf32>,
       tensor<37xf32>, !braid.rows<step>) -> tensor<?x37xf32>
  return %0 : tensor<?x37xf32>
}

func.func @attention(%q: tensor<?x96xf32>, %k: tensor<?x48xf32>, %v: tensor<?x48xf32>, %rows: !braid.rows<segment>)
    -> tensor<?x96xf32> {
  %0 = braid.attention %q, %k, %v rows(%rows) state(@key, @value)
    {heads = 4 : i64, kv_heads = 2 : i64, head_dim = 24 : i64, scale = 0.2 : f64}
    : (tensor<?x96xf32>, tensor<?x48xf32>, tensor<?x48xf32>, !braid.rows<segment>) -> tensor<?x96xf32>
  return %0 : tensor<?x96xf32>
}

func.func @attention_step(%q: tensor<?x96xf32>, %k: tensor<?x48xf32>, %v: tensor<?x48xf32>, %rows: !braid.rows<step>)
    -> tensor<?x96xf32> {
  %0 = braid.attention %q, %k, %v rows(%rows) state(@key, @value)
    {heads = 4 : i64, kv_heads = 2 : i64, head_dim = 24 : i64, scale = 0.2 : f64}
    : (tensor<?x96xf32>, tensor<?x48xf32>, tensor<?x48xf32>, !braid.rows<step>) -> tensor<?x96xf32>
  return %0 : tensor<?x96xf32>
}

// One entry for each row of the call.
func.func @last(%x: tensor<?x70xf32>, %r: tensor<?x70xf32, #braid.per_row>, %rows: !braid.rows<segment>)
    -> tensor<?x70xf32, #braid.per_row> {
  %0 = braid.last_token %x rows(%rows) : (tensor<?x70xf32>, !braid.rows<segment>) -> tensor<?x70xf32, #braid.per_row>
  %1 = braid.add %0, %r : (tensor<?x70xf32, #braid.per_row>, tensor<?x70xf32, #braid.per_row>)
    -> tensor<?x70xf32, #braid.per_row>
  return %1 : tensor<?x70xf32, #braid.per_row>
}

// Rotary positions of a stretched model, on 24 of 28 channels: pairs that are kept, blended and divided.
func.func @rope(%x: tensor<?x56xf32>, %rows: !braid.rows<segment>) -> tensor<?x56xf32> {
  %at = braid.positions %rows : (!braid.rows<segment>) -> tensor<?xi64>
  %y = braid.rope %x, %at {base = 1.0e4 : f64, head_dim = 28 : i64, rotary_dim = 24 : i64, factor = 8.0 : f64,
                           low_freq_factor = 1.0 : f64, high_freq_factor = 4.0 : f64, original_context = 256 : i64}
    : (tensor<?x56xf32>, tensor<?xi64>) -> tensor<?x56xf32>
  return %y : tensor<?x56xf32>
}
