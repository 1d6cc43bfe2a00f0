// One family each at sizes whose elements are counted beyond 2^32: by token (1048653 x 4160), in a table or a weight
// (1100003 x 4097), and in the states of far slots and pages.
braid.state @tail conv_tail : tensor<3x4160xf32>
braid.state @ssm recurrent : tensor<65x64x64xf32>
braid.state @key kv : tensor<?x13x64xf32>
braid.state @value kv : tensor<?x13x64xf32>

func.func @embedding(%table: tensor<1100003x4097xf32>, %tokens: tensor<?xi32>) -> tensor<?x4097xf32> {
  %0 = braid.embedding %table, %tokens : (tensor<1100003x4097xf32>, tensor<?xi32>) -> tensor<?x4097xf32>
  return %0 : tensor<?x4097xf32>
}

func.func @rms_norm(%x: tensor<?x4160xf32>, %w: tensor<4160xf32>) -> tensor<?x4160xf32> {
  %0 = braid.rms_norm %x, %w {eps = 1.0e-5 : f64} : (tensor<?x4160xf32>, tensor<4160xf32>) -> tensor<?x4160xf32>
  return %0 : tensor<?x4160xf32>
}

func.func @layer_norm(%x: tensor<?x4160xf32>, %w: tensor<4160xf32>, %b: tensor<4160xf32>) -> tensor<?x4160xf32> {
  %0 = braid.layer_norm %x, %w, %b {eps = 1.0e-5 : f64}
    : (tensor<?x4160xf32>, tensor<4160xf32>, tensor<4160xf32>) -> tensor<?x4160xf32>
  return %0 : tensor<?x4160xf32>
}

func.func @gated_rms_norm(%x: tensor<?x4160xf32>, %z: tensor<?x4160xf32>, %w: tensor<4160xf32>) -> tensor<?x4160xf32> {
  %0 = braid.gated_rms_norm %x, %z, %w {eps = 1.0e-5 : f64, groups = 5 : i64}
    : (tensor<?x4160xf32>, tensor<?x4160xf32>, tensor<4160xf32>) -> tensor<?x4160xf32>
  return %0 : tensor<?x4160xf32>
}

func.func @elementwise(%x: tensor<?x4160xf32>, %y: tensor<?x4160xf32>) -> tensor<?x4160xf32> {
  %0 = braid.activation <silu> %x : tensor<?x4160xf32>
  %1 = braid.add %0, %y : (tensor<?x4160xf32>, tensor<?x4160xf32>) -> tensor<?x4160xf32>
  return %1 : tensor<?x4160xf32>
}

// The norm's result lies in the arena.
func.func @norm_then_linear(%x: tensor<?x4160xf32>, %n: tensor<4160xf32>, %w: tensor<33x4160xf32>) -> tensor<?x33xf32> {
  %0 = braid.rms_norm %x, %n {eps = 1.0e-5 : f64} : (tensor<?x4160xf32>, tensor<4160xf32>) -> tensor<?x4160xf32>
  %1 = braid.linear %0, %w : (tensor<?x4160xf32>, tensor<33x4160xf32>) -> tensor<?x33xf32>
  return %1 : tensor<?x33xf32>
}

func.func @widen(%x: tensor<?x32xf32>, %w: tensor<4160x32xf32>) -> tensor<?x4160xf32> {
  %0 = braid.linear %x, %w : (tensor<?x32xf32>, tensor<4160x32xf32>) -> tensor<?x4160xf32>
  return %0 : tensor<?x4160xf32>
}

func.func @vocabulary(%x: tensor<?x4097xf32>, %w: tensor<1100003x4097xf32>) -> tensor<?x1100003xf32> {
  %0 = braid.linear %x, %w : (tensor<?x4097xf32>, tensor<1100003x4097xf32>) -> tensor<?x1100003xf32>
  return %0 : tensor<?x1100003xf32>
}

// Few rows: the weight is streamed.
func.func @vocabulary_of_three(%x: tensor<3x4097xf32>, %w: tensor<1100003x4097xf32>) -> tensor<3x1100003xf32> {
  %0 = braid.linear %x, %w : (tensor<3x4097xf32>, tensor<1100003x4097xf32>) -> tensor<3x1100003xf32>
  return %0 : tensor<3x1100003xf32>
}

func.func @rope(%x: tensor<?x4160xf32>, %rows: !braid.rows<segment>) -> tensor<?x4160xf32> {
  %0 = braid.positions %rows : (!braid.rows<segment>) -> tensor<?xi64>
  %1 = braid.rope %x, %0 {base = 1.0e4 : f64, head_dim = 64 : i64, rotary_dim = 64 : i64}
    : (tensor<?x4160xf32>, tensor<?xi64>) -> tensor<?x4160xf32>
  return %1 : tensor<?x4160xf32>
}

func.func @last(%x: tensor<?x4160xf32>, %rows: !braid.rows<segment>) -> tensor<?x4160xf32, #braid.per_row> {
  %0 = braid.last_token %x rows(%rows) : (tensor<?x4160xf32>, !braid.rows<segment>) -> tensor<?x4160xf32, #braid.per_row>
  return %0 : tensor<?x4160xf32, #braid.per_row>
}

func.func @conv(%x: tensor<?x4160xf32>, %w: tensor<4160x1x4xf32>, %rows: !braid.rows<segment>) -> tensor<?x4160xf32> {
  %0 = braid.causal_conv1d <silu> %x, %w rows(%rows) state(@tail)
    : (tensor<?x4160xf32>, tensor<4160x1x4xf32>, !braid.rows<segment>) -> tensor<?x4160xf32>
  return %0 : tensor<?x4160xf32>
}

func.func @ssd(%x: tensor<?x4160xf32>, %dt: tensor<?x65xf32>, %b: tensor<?x64xf32>, %c: tensor<?x64xf32>,
               %a_log: tensor<65xf32>, %d: tensor<65xf32>, %dt_bias: tensor<65xf32>, %rows: !braid.rows<segment>)
    -> tensor<?x4160xf32> {
  %0 = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@ssm)
    {heads = 65 : i64, head_dim = 64 : i64, groups = 1 : i64, state_size = 64 : i64, chunk = 16 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x4160xf32>, tensor<?x65xf32>, tensor<?x64xf32>, tensor<?x64xf32>, tensor<65xf32>, tensor<65xf32>,
       tensor<65xf32>, !braid.rows<segment>) -> tensor<?x4160xf32>
  return %0 : tensor<?x4160xf32>
}

func.func @attention(%q: tensor<?x4160xf32>, %k: tensor<?x832xf32>, %v: tensor<?x832xf32>, %rows: !braid.rows<segment>)
    -> tensor<?x4160xf32> {
  %0 = braid.attention %q, %k, %v rows(%rows) state(@key, @value)
    {heads = 65 : i64, kv_heads = 13 : i64, head_dim = 64 : i64, scale = 0.125 : f64}
    : (tensor<?x4160xf32>, tensor<?x832xf32>, tensor<?x832xf32>, !braid.rows<segment>) -> tensor<?x4160xf32>
  return %0 : tensor<?x4160xf32>
}
