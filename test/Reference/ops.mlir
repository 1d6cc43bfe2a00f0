// Every primitive, every op by its decomposition and every sequence operator by its step region, against NumPy: each
// function's op on the operands of its fixture gives the fixture's results. Names that begin with round_ round results.
// RUN: braid-reference-test %s %S/Inputs/ops.safetensors

func.func @addf(%a: tensor<3x5xf64>, %b: tensor<3x5xf64>) { %y = arith.addf %a, %b : tensor<3x5xf64> return }
func.func @subf(%a: tensor<3x5xf64>, %b: tensor<3x5xf64>) { %y = arith.subf %a, %b : tensor<3x5xf64> return }
func.func @mulf(%a: tensor<3x5xf64>, %b: tensor<3x5xf64>) { %y = arith.mulf %a, %b : tensor<3x5xf64> return }
func.func @mulf_same(%a: tensor<3x5xf64>) { %y = arith.mulf %a, %a : tensor<3x5xf64> return }
func.func @divf(%a: tensor<3x5xf64>, %b: tensor<3x5xf64>) { %y = arith.divf %a, %b : tensor<3x5xf64> return }
func.func @maximumf(%a: tensor<3x5xf64>, %b: tensor<3x5xf64>) { %y = arith.maximumf %a, %b : tensor<3x5xf64> return }
func.func @maximumf_nan(%a: tensor<3xf64>, %b: tensor<3xf64>) { %y = arith.maximumf %a, %b : tensor<3xf64> return }
func.func @minimumf(%a: tensor<3x5xf64>, %b: tensor<3x5xf64>) { %y = arith.minimumf %a, %b : tensor<3x5xf64> return }
func.func @negf(%x: tensor<3x5xf64>) { %y = arith.negf %x : tensor<3x5xf64> return }
func.func @absf(%x: tensor<3x5xf64>) { %y = math.absf %x : tensor<3x5xf64> return }
func.func @exp(%x: tensor<3x5xf64>) { %y = math.exp %x : tensor<3x5xf64> return }
func.func @tanh(%x: tensor<3x5xf64>) { %y = math.tanh %x : tensor<3x5xf64> return }
func.func @sin(%x: tensor<3x5xf64>) { %y = math.sin %x : tensor<3x5xf64> return }
func.func @cos(%x: tensor<3x5xf64>) { %y = math.cos %x : tensor<3x5xf64> return }
func.func @log(%x: tensor<3x5xf64>) { %y = math.log %x : tensor<3x5xf64> return }
func.func @log1p(%x: tensor<3x5xf64>) { %y = math.log1p %x : tensor<3x5xf64> return }
func.func @sqrt(%x: tensor<3x5xf64>) { %y = math.sqrt %x : tensor<3x5xf64> return }
func.func @rsqrt(%x: tensor<3x5xf64>) { %y = math.rsqrt %x : tensor<3x5xf64> return }
func.func @erf(%x: tensor<3x5xf64>) { %y = math.erf %x : tensor<3x5xf64> return }
func.func @constant() { %y = arith.constant dense<[[1.5, -2.0], [0.25, 1024.0]]> : tensor<2x2xf32> return }

func.func @contract(%a: tensor<3x4x5xf64>, %b: tensor<3x2x7x5xf64>) {
  %y = braid.contract %a, %b {batch = 1 : i64} : (tensor<3x4x5xf64>, tensor<3x2x7x5xf64>) -> tensor<3x4x2x7xf64>
  return
}
func.func @contract_plain(%a: tensor<?x37xf64>, %b: tensor<5x37xf64>) {
  %y = braid.contract %a, %b : (tensor<?x37xf64>, tensor<5x37xf64>) -> tensor<?x5xf64>
  return
}
func.func @contract_outer(%a: tensor<2x4x1xf64>, %b: tensor<2x3x1xf64>) {
  %y = braid.contract %a, %b {batch = 1 : i64} : (tensor<2x4x1xf64>, tensor<2x3x1xf64>) -> tensor<2x4x3xf64>
  return
}
func.func @reduce_add_0(%x: tensor<?x4x5xf64>) {
  %y = braid.reduce <add> %x {dim = 0 : i64} : (tensor<?x4x5xf64>) -> tensor<4x5xf64>
  return
}
func.func @reduce_add_1(%x: tensor<?x4x5xf64>) {
  %y = braid.reduce <add> %x {dim = 1 : i64} : (tensor<?x4x5xf64>) -> tensor<?x5xf64>
  return
}
func.func @reduce_add_2(%x: tensor<?x4x5xf64>) {
  %y = braid.reduce <add> %x {dim = 2 : i64} : (tensor<?x4x5xf64>) -> tensor<?x4xf64>
  return
}
func.func @reduce_max(%x: tensor<?x4x5xf64>) {
  %y = braid.reduce <max> %x {dim = 1 : i64} : (tensor<?x4x5xf64>) -> tensor<?x5xf64>
  return
}
func.func @broadcast(%x: tensor<?x5xf64>, %like: tensor<?x4x5xf64>) {
  %y = braid.broadcast %x, %like {dims = array<i64: 0, 2>} : (tensor<?x5xf64>, tensor<?x4x5xf64>) -> tensor<?x4x5xf64>
  return
}
func.func @broadcast_scalar(%x: tensor<f64>, %like: tensor<?x4x5xf64>) {
  %y = braid.broadcast %x, %like {dims = array<i64>} : (tensor<f64>, tensor<?x4x5xf64>) -> tensor<?x4x5xf64>
  return
}
func.func @reshape(%x: tensor<3x4x5xf64>) { %y = braid.reshape %x : (tensor<3x4x5xf64>) -> tensor<3x10x2xf64> return }
func.func @reshape_open(%x: tensor<?x4x5xf64>) { %y = braid.reshape %x : (tensor<?x4x5xf64>) -> tensor<?x6xf64> return }
func.func @transpose(%x: tensor<3x4x5xf64>) {
  %y = braid.transpose %x {permutation = array<i64: 2, 0, 1>} : (tensor<3x4x5xf64>) -> tensor<5x3x4xf64>
  return
}
func.func @slice(%x: tensor<3x4x5xf64>) {
  %y = braid.slice %x {dim = 1 : i64, from = 1 : i64, to = 3 : i64} : (tensor<3x4x5xf64>) -> tensor<3x2x5xf64>
  return
}
func.func @slice_last(%x: tensor<3x4x5xf64>) {
  %y = braid.slice %x {dim = 2 : i64, from = 4 : i64, to = 5 : i64} : (tensor<3x4x5xf64>) -> tensor<3x4x1xf64>
  return
}
func.func @concat_0(%a: tensor<?x4x5xf64>, %b: tensor<2x4x5xf64>) {
  %y = braid.concat %a, %b {dim = 0 : i64} : (tensor<?x4x5xf64>, tensor<2x4x5xf64>) -> tensor<?x4x5xf64>
  return
}
func.func @concat_2(%a: tensor<3x4x5xf64>, %b: tensor<3x4x5xf64>) {
  %y = braid.concat %a, %b {dim = 2 : i64} : (tensor<3x4x5xf64>, tensor<3x4x5xf64>) -> tensor<3x4x10xf64>
  return
}
func.func @gather(%table: tensor<3x4x5xf64>, %index: tensor<?xi64>) {
  %y = braid.gather %table, %index : (tensor<3x4x5xf64>, tensor<?xi64>) -> tensor<?x4x5xf64>
  return
}
func.func @convert(%x: tensor<?xi64>) { %y = braid.convert %x : (tensor<?xi64>) -> tensor<?xf64> return }

func.func @round_f32(%x: tensor<?x11xf64>) { %y = braid.cast %x : (tensor<?x11xf64>) -> tensor<?x11xf32> return }
func.func @round_bf16(%x: tensor<?x11xf64>) { %y = braid.cast %x : (tensor<?x11xf64>) -> tensor<?x11xbf16> return }
func.func @round_f16(%x: tensor<?x11xf64>) { %y = braid.cast %x : (tensor<?x11xf64>) -> tensor<?x11xf16> return }

func.func @embedding(%table: tensor<7x6xf64>, %tokens: tensor<?xi32>) {
  %y = braid.embedding %table, %tokens : (tensor<7x6xf64>, tensor<?xi32>) -> tensor<?x6xf64>
  return
}
func.func @linear(%x: tensor<?x9xf64>, %w: tensor<4x9xf64>) {
  %y = braid.linear %x, %w : (tensor<?x9xf64>, tensor<4x9xf64>) -> tensor<?x4xf64>
  return
}
func.func @linear_bias(%x: tensor<?x9xf64>, %w: tensor<4x9xf64>, %b: tensor<4xf64>) {
  %y = braid.linear %x, %w bias(%b) : (tensor<?x9xf64>, tensor<4x9xf64>, tensor<4xf64>) -> tensor<?x4xf64>
  return
}
func.func @rms_norm(%x: tensor<?x12xf64>, %w: tensor<12xf64>) {
  %y = braid.rms_norm %x, %w {eps = 1.0e-2 : f64} : (tensor<?x12xf64>, tensor<12xf64>) -> tensor<?x12xf64>
  return
}
func.func @rms_norm_plus_one(%x: tensor<?x12xf64>, %w: tensor<12xf64>) {
  %y = braid.rms_norm %x, %w {eps = 1.0e-5 : f64, plus_one} : (tensor<?x12xf64>, tensor<12xf64>) -> tensor<?x12xf64>
  return
}
func.func @rms_norm_tiny(%x: tensor<?x12xf64>, %w: tensor<12xf64>) {
  %y = braid.rms_norm %x, %w {eps = 1.0e-6 : f64} : (tensor<?x12xf64>, tensor<12xf64>) -> tensor<?x12xf64>
  return
}
func.func @layer_norm(%x: tensor<?x12xf64>, %w: tensor<12xf64>, %b: tensor<12xf64>) {
  %y = braid.layer_norm %x, %w, %b {eps = 1.0e-2 : f64} : (tensor<?x12xf64>, tensor<12xf64>, tensor<12xf64>) -> tensor<?x12xf64>
  return
}
func.func @layer_norm_plus_one(%x: tensor<?x12xf64>, %w: tensor<12xf64>, %b: tensor<12xf64>) {
  %y = braid.layer_norm %x, %w, %b {eps = 1.0e-5 : f64, plus_one} : (tensor<?x12xf64>, tensor<12xf64>, tensor<12xf64>) -> tensor<?x12xf64>
  return
}
func.func @gated_rms_norm_1(%x: tensor<?x12xf64>, %g: tensor<?x12xf64>, %w: tensor<12xf64>) {
  %y = braid.gated_rms_norm %x, %g, %w {eps = 1.0e-2 : f64, groups = 1 : i64}
    : (tensor<?x12xf64>, tensor<?x12xf64>, tensor<12xf64>) -> tensor<?x12xf64>
  return
}
func.func @gated_rms_norm_3(%x: tensor<?x12xf64>, %g: tensor<?x12xf64>, %w: tensor<12xf64>) {
  %y = braid.gated_rms_norm %x, %g, %w {eps = 1.0e-2 : f64, groups = 3 : i64}
    : (tensor<?x12xf64>, tensor<?x12xf64>, tensor<12xf64>) -> tensor<?x12xf64>
  return
}
func.func @rope(%x: tensor<?x24xf64>, %p: tensor<?xi64>) {
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 8 : i64, rotary_dim = 8 : i64}
    : (tensor<?x24xf64>, tensor<?xi64>) -> tensor<?x24xf64>
  return
}
func.func @rope_half(%x: tensor<?x24xf64>, %p: tensor<?xi64>) {
  %y = braid.rope %x, %p {base = 5.0e5 : f64, head_dim = 12 : i64, rotary_dim = 6 : i64}
    : (tensor<?x24xf64>, tensor<?xi64>) -> tensor<?x24xf64>
  return
}
func.func @rope_linear(%x: tensor<?x24xf64>, %p: tensor<?xi64>) {
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 8 : i64, rotary_dim = 8 : i64, factor = 2.5 : f64}
    : (tensor<?x24xf64>, tensor<?xi64>) -> tensor<?x24xf64>
  return
}
func.func @rope_llama3(%x: tensor<?x24xf64>, %p: tensor<?xi64>) {
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 24 : i64, rotary_dim = 24 : i64, factor = 8.0 : f64,
                          low_freq_factor = 1.0 : f64, high_freq_factor = 4.0 : f64, original_context = 256 : i64}
    : (tensor<?x24xf64>, tensor<?xi64>) -> tensor<?x24xf64>
  return
}
func.func @activation_none(%x: tensor<?x6xf64>) { %y = braid.activation <none> %x : tensor<?x6xf64> return }
func.func @activation_silu(%x: tensor<?x6xf64>) { %y = braid.activation <silu> %x : tensor<?x6xf64> return }
func.func @activation_gelu(%x: tensor<?x6xf64>) { %y = braid.activation <gelu> %x : tensor<?x6xf64> return }
func.func @activation_gelu_tanh(%x: tensor<?x6xf64>) { %y = braid.activation <gelu_tanh> %x : tensor<?x6xf64> return }
func.func @activation_relu(%x: tensor<?x6xf64>) { %y = braid.activation <relu> %x : tensor<?x6xf64> return }
func.func @activation_relu2(%x: tensor<?x6xf64>) { %y = braid.activation <relu2> %x : tensor<?x6xf64> return }
func.func @gate(%g: tensor<?x6xf64>, %x: tensor<?x6xf64>) { %y = braid.gate <silu> %g, %x : tensor<?x6xf64> return }
func.func @add(%a: tensor<?x6xf64>, %b: tensor<?x6xf64>) {
  %y = braid.add %a, %b : (tensor<?x6xf64>, tensor<?x6xf64>) -> tensor<?x6xf64>
  return
}
func.func @columns(%x: tensor<?x6xf64>) { %y = braid.columns %x from 2 : (tensor<?x6xf64>) -> tensor<?x3xf64> return }

func.func @causal_conv1d(%x: tensor<?x5xf64>, %w: tensor<5x1x4xf64>, %b: tensor<5xf64>, %rows: !braid.rows<segment>) {
  %y = braid.causal_conv1d <silu> %x, %w bias(%b) rows(%rows)
    : (tensor<?x5xf64>, tensor<5x1x4xf64>, tensor<5xf64>, !braid.rows<segment>) -> tensor<?x5xf64>
  return
}
func.func @causal_conv1d_2(%x: tensor<?x3xf64>, %w: tensor<3x1x2xf64>, %b: tensor<3xf64>, %rows: !braid.rows<segment>) {
  %y = braid.causal_conv1d <none> %x, %w bias(%b) rows(%rows)
    : (tensor<?x3xf64>, tensor<3x1x2xf64>, tensor<3xf64>, !braid.rows<segment>) -> tensor<?x3xf64>
  return
}
func.func @causal_conv1d_1(%x: tensor<?x3xf64>, %w: tensor<3x1x1xf64>, %b: tensor<3xf64>, %rows: !braid.rows<segment>) {
  %y = braid.causal_conv1d <gelu> %x, %w bias(%b) rows(%rows)
    : (tensor<?x3xf64>, tensor<3x1x1xf64>, tensor<3xf64>, !braid.rows<segment>) -> tensor<?x3xf64>
  return
}
func.func @ssd_scan(%x: tensor<?x12xf64>, %dt: tensor<?x4xf64>, %b: tensor<?x10xf64>, %c: tensor<?x10xf64>,
                    %a: tensor<4xf64>, %d: tensor<4xf64>, %bias: tensor<4xf64>, %rows: !braid.rows<segment>) {
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 16 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf64>, tensor<?x4xf64>, tensor<?x10xf64>, tensor<?x10xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>,
       !braid.rows<segment>) -> tensor<?x12xf64>
  return
}
func.func @ssd_scan_one_group(%x: tensor<?x6xf64>, %dt: tensor<?x3xf64>, %b: tensor<?x4xf64>, %c: tensor<?x4xf64>,
                              %a: tensor<3xf64>, %d: tensor<3xf64>, %bias: tensor<3xf64>, %rows: !braid.rows<segment>) {
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 3 : i64, head_dim = 2 : i64, groups = 1 : i64, state_size = 4 : i64, chunk = 16 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x6xf64>, tensor<?x3xf64>, tensor<?x4xf64>, tensor<?x4xf64>, tensor<3xf64>, tensor<3xf64>, tensor<3xf64>,
       !braid.rows<segment>) -> tensor<?x6xf64>
  return
}
func.func @ssd_scan_limits(%x: tensor<?x4xf64>, %dt: tensor<?x2xf64>, %b: tensor<?x6xf64>, %c: tensor<?x6xf64>,
                           %a: tensor<2xf64>, %d: tensor<2xf64>, %bias: tensor<2xf64>, %rows: !braid.rows<segment>) {
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 2 : i64, head_dim = 2 : i64, groups = 2 : i64, state_size = 3 : i64, chunk = 16 : i64,
     dt_min = 0.01 : f64, dt_max = 0.05 : f64}
    : (tensor<?x4xf64>, tensor<?x2xf64>, tensor<?x6xf64>, tensor<?x6xf64>, tensor<2xf64>, tensor<2xf64>, tensor<2xf64>,
       !braid.rows<segment>) -> tensor<?x4xf64>
  return
}
func.func @ssd_scan_hard(%x: tensor<?x8xf64>, %dt: tensor<?x4xf64>, %b: tensor<?x12xf64>, %c: tensor<?x12xf64>,
                         %a: tensor<4xf64>, %d: tensor<4xf64>, %bias: tensor<4xf64>, %rows: !braid.rows<segment>) {
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 2 : i64, groups = 4 : i64, state_size = 3 : i64, chunk = 16 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x8xf64>, tensor<?x4xf64>, tensor<?x12xf64>, tensor<?x12xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>,
       !braid.rows<segment>) -> tensor<?x8xf64>
  return
}
func.func @attention(%q: tensor<?x12xf64>, %k: tensor<?x6xf64>, %v: tensor<?x6xf64>, %rows: !braid.rows<segment>) {
  %y = braid.attention %q, %k, %v rows(%rows) {heads = 4 : i64, kv_heads = 2 : i64, head_dim = 3 : i64, scale = 0.5 : f64}
    : (tensor<?x12xf64>, tensor<?x6xf64>, tensor<?x6xf64>, !braid.rows<segment>) -> tensor<?x12xf64>
  return
}
func.func @attention_one_head(%q: tensor<?x5xf64>, %k: tensor<?x5xf64>, %v: tensor<?x5xf64>, %rows: !braid.rows<segment>) {
  %y = braid.attention %q, %k, %v rows(%rows) {heads = 1 : i64, kv_heads = 1 : i64, head_dim = 5 : i64, scale = 1.0 : f64}
    : (tensor<?x5xf64>, tensor<?x5xf64>, tensor<?x5xf64>, !braid.rows<segment>) -> tensor<?x5xf64>
  return
}
func.func @attention_multi_query(%q: tensor<?x12xf64>, %k: tensor<?x2xf64>, %v: tensor<?x2xf64>, %rows: !braid.rows<segment>) {
  %y = braid.attention %q, %k, %v rows(%rows) {heads = 6 : i64, kv_heads = 1 : i64, head_dim = 2 : i64, scale = 0.25 : f64}
    : (tensor<?x12xf64>, tensor<?x2xf64>, tensor<?x2xf64>, !braid.rows<segment>) -> tensor<?x12xf64>
  return
}
