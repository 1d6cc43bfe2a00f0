// The example of every op's documentation parses, verifies and prints what parses again.
// RUN: braid-opt %s | braid-opt | FileCheck %s
// RUN: braid-opt %s --mlir-print-op-generic | braid-opt | FileCheck %s
// RUN: %python %S/../Inputs/examples_in.py %s %braid_include/Dialect/Braid/IR/BraidModelOps.td %braid_include/Dialect/Braid/IR/BraidPrimitiveOps.td %braid_include/Dialect/Braid/IR/BraidSequenceOps.td %braid_include/Dialect/Braid/IR/BraidTokenOps.td

// CHECK: braid.weight @norm_f.weight : tensor<512xbf16> init {kind = "constant", value = 1.000000e+00 : f64}
braid.weight @"norm_f.weight" : tensor<512xbf16> init {kind = "constant", value = 1.0 : f64}
// CHECK: braid.weight @A_log : tensor<16xf32> init {{{.*}}} no_decay
braid.weight @A_log : tensor<16xf32> init {kind = "log_uniform", low = 1.0 : f64, high = 16.0 : f64} no_decay
// CHECK: braid.state @layers.0.ssm recurrent : tensor<16x64x128xf32>
braid.state @"layers.0.ssm" recurrent : tensor<16x64x128xf32>
braid.state @"layers.0.scan" recurrent : tensor<1024x16xf32>
braid.state @"layers.0.conv" conv_tail : tensor<3x1152xbf16>
// CHECK: braid.state @layers.7.key kv : tensor<?x2x64xbf16>
braid.state @"layers.7.key" kv : tensor<?x2x64xbf16>
braid.state @"layers.7.value" kv : tensor<?x2x64xbf16>

// CHECK-LABEL: func.func @get_weight
// CHECK: braid.get_weight @norm_f.weight : tensor<512xbf16>
func.func @get_weight() {
  %w = braid.get_weight @"norm_f.weight" : tensor<512xbf16>
  return
}

// CHECK-LABEL: func.func @fused
// CHECK: braid.fused(%[[A:.*]] = %arg0, %[[B:.*]] = %arg1) : (tensor<?x512xbf16>, tensor<64x512xbf16>) -> tensor<?x64xbf16>
// CHECK:   %[[Y:.*]] = braid.linear %[[A]], %[[B]]
// CHECK:   %[[Z:.*]] = braid.activation <silu> %[[Y]] : tensor<?x64xbf16>
// CHECK:   braid.yield %[[Z]] : tensor<?x64xbf16>
func.func @fused(%x: tensor<?x512xbf16>, %w: tensor<64x512xbf16>) {
  %y = braid.fused(%a = %x, %b = %w) : (tensor<?x512xbf16>, tensor<64x512xbf16>) -> tensor<?x64xbf16> {
    %0 = braid.linear %a, %b : (tensor<?x512xbf16>, tensor<64x512xbf16>) -> tensor<?x64xbf16>
    %1 = braid.activation <silu> %0 : tensor<?x64xbf16>
    braid.yield %1 : tensor<?x64xbf16>
  }
  return
}

// CHECK-LABEL: func.func @contract
// CHECK: braid.contract %{{.*}}, %{{.*}} {batch = 1 : i64} : (tensor<8x4x64xf32>, tensor<8x?x64xf32>) -> tensor<8x4x?xf32>
func.func @contract(%a: tensor<8x4x64xf32>, %b: tensor<8x?x64xf32>) {
  %y = braid.contract %a, %b {batch = 1 : i64} : (tensor<8x4x64xf32>, tensor<8x?x64xf32>) -> tensor<8x4x?xf32>
  return
}

// CHECK-LABEL: func.func @primitives
func.func @primitives(%x: tensor<?x512xf32>, %v: tensor<?xf32>) {
  // CHECK: braid.reduce <add> %{{.*}} {dim = 1 : i64} : (tensor<?x512xf32>) -> tensor<?xf32>
  %s = braid.reduce <add> %x {dim = 1 : i64} : (tensor<?x512xf32>) -> tensor<?xf32>
  // CHECK: braid.broadcast %{{.*}}, %{{.*}} {dims = array<i64: 0>} : (tensor<?xf32>, tensor<?x512xf32>) -> tensor<?x512xf32>
  %y = braid.broadcast %v, %x {dims = array<i64: 0>} : (tensor<?xf32>, tensor<?x512xf32>) -> tensor<?x512xf32>
  return
}

// CHECK-LABEL: func.func @reshape
// CHECK: braid.reshape %{{.*}} : (tensor<?x512xf32>) -> tensor<?x8x64xf32>
func.func @reshape(%x: tensor<?x512xf32>) {
  %y = braid.reshape %x : (tensor<?x512xf32>) -> tensor<?x8x64xf32>
  return
}

// CHECK-LABEL: func.func @transpose
// CHECK: braid.transpose %{{.*}} {permutation = array<i64: 1, 0>} : (tensor<8x64xf32>) -> tensor<64x8xf32>
func.func @transpose(%x: tensor<8x64xf32>) {
  %y = braid.transpose %x {permutation = array<i64: 1, 0>} : (tensor<8x64xf32>) -> tensor<64x8xf32>
  return
}

// CHECK-LABEL: func.func @slice
// CHECK: braid.slice %{{.*}} {dim = 1 : i64, from = 8 : i64, to = 16 : i64} : (tensor<?x512xf32>) -> tensor<?x8xf32>
func.func @slice(%x: tensor<?x512xf32>) {
  %y = braid.slice %x {dim = 1 : i64, from = 8 : i64, to = 16 : i64} : (tensor<?x512xf32>) -> tensor<?x8xf32>
  return
}

// CHECK-LABEL: func.func @concat
// CHECK: braid.concat %{{.*}}, %{{.*}} {dim = 0 : i64} : (tensor<?x8x64xf32>, tensor<1x8x64xf32>) -> tensor<?x8x64xf32>
func.func @concat(%a: tensor<?x8x64xf32>, %b: tensor<1x8x64xf32>) {
  %y = braid.concat %a, %b {dim = 0 : i64} : (tensor<?x8x64xf32>, tensor<1x8x64xf32>) -> tensor<?x8x64xf32>
  return
}

// CHECK-LABEL: func.func @gather
// CHECK: braid.gather %{{.*}}, %{{.*}} : (tensor<8192x512xf32>, tensor<?xi32>) -> tensor<?x512xf32>
func.func @gather(%table: tensor<8192x512xf32>, %index: tensor<?xi32>) {
  %y = braid.gather %table, %index : (tensor<8192x512xf32>, tensor<?xi32>) -> tensor<?x512xf32>
  return
}

// CHECK-LABEL: func.func @convert
// CHECK: braid.convert %{{.*}} : (tensor<?xi64>) -> tensor<?xf32>
func.func @convert(%x: tensor<?xi64>) {
  %y = braid.convert %x : (tensor<?xi64>) -> tensor<?xf32>
  return
}

// CHECK-LABEL: func.func @causal_conv1d
// CHECK: braid.causal_conv1d <silu> %{{.*}}, %{{.*}} bias(%{{.*}}) rows(%{{.*}}) state(@layers.0.conv) : (tensor<?x1152xbf16>, tensor<1152x1x4xbf16>, tensor<1152xbf16>, !braid.rows<segment>) -> tensor<?x1152xbf16>
func.func @causal_conv1d(%x: tensor<?x1152xbf16>, %w: tensor<1152x1x4xbf16>, %b: tensor<1152xbf16>, %rows: !braid.rows<segment>) {
  %y = braid.causal_conv1d <silu> %x, %w bias(%b) rows(%rows) state(@"layers.0.conv")
     : (tensor<?x1152xbf16>, tensor<1152x1x4xbf16>, tensor<1152xbf16>, !braid.rows<segment>) -> tensor<?x1152xbf16>
  return
}

// CHECK-LABEL: func.func @ssd_scan
// CHECK: braid.ssd_scan %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} rows(%{{.*}}) state(@layers.0.ssm) {chunk = 128 : i64, dt_max = 0x7FF0000000000000 : f64, dt_min = 0.000000e+00 : f64, groups = 1 : i64, head_dim = 64 : i64, heads = 16 : i64, state_size = 128 : i64}
func.func @ssd_scan(%x: tensor<?x1024xbf16>, %dt: tensor<?x16xbf16>, %b: tensor<?x128xbf16>, %c: tensor<?x128xbf16>,
                    %a_log: tensor<16xf32>, %d: tensor<16xf32>, %dt_bias: tensor<16xf32>, %rows: !braid.rows<segment>) {
  %y = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@"layers.0.ssm")
     {heads = 16 : i64, head_dim = 64 : i64, groups = 1 : i64, state_size = 128 : i64, chunk = 128 : i64,
      dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
     : (tensor<?x1024xbf16>, tensor<?x16xbf16>, tensor<?x128xbf16>, tensor<?x128xbf16>, tensor<16xf32>, tensor<16xf32>,
        tensor<16xf32>, !braid.rows<segment>) -> tensor<?x1024xbf16>
  return
}

// CHECK-LABEL: func.func @selective_scan
// CHECK: braid.selective_scan %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} rows(%{{.*}}) state(@layers.0.scan) : (tensor<?x1024xbf16>, tensor<?x1024xbf16>, tensor<?x16xbf16>, tensor<?x16xbf16>, tensor<1024x16xf32>, tensor<1024xf32>, tensor<1024xf32>, !braid.rows<segment>) -> tensor<?x1024xbf16>
func.func @selective_scan(%x: tensor<?x1024xbf16>, %dt: tensor<?x1024xbf16>, %b: tensor<?x16xbf16>, %c: tensor<?x16xbf16>,
                          %a_log: tensor<1024x16xf32>, %d: tensor<1024xf32>, %dt_bias: tensor<1024xf32>,
                          %rows: !braid.rows<segment>) {
  %y = braid.selective_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@"layers.0.scan")
     : (tensor<?x1024xbf16>, tensor<?x1024xbf16>, tensor<?x16xbf16>, tensor<?x16xbf16>, tensor<1024x16xf32>,
        tensor<1024xf32>, tensor<1024xf32>, !braid.rows<segment>) -> tensor<?x1024xbf16>
  return
}

// CHECK-LABEL: func.func @ssd_scan_chunk_states
// CHECK: %{{.*}}, %{{.*}} = braid.ssd_scan {{.*}} -> (tensor<?x1024xbf16>, tensor<?x1024xf32>)
func.func @ssd_scan_chunk_states(%x: tensor<?x1024xbf16>, %dt: tensor<?x16xbf16>, %b: tensor<?x128xbf16>, %c: tensor<?x128xbf16>,
                    %a_log: tensor<16xf32>, %d: tensor<16xf32>, %dt_bias: tensor<16xf32>, %rows: !braid.rows<segment>) {
  %y, %states = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@"layers.0.ssm")
     {heads = 16 : i64, head_dim = 64 : i64, groups = 1 : i64, state_size = 128 : i64, chunk = 128 : i64,
      dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
     : (tensor<?x1024xbf16>, tensor<?x16xbf16>, tensor<?x128xbf16>, tensor<?x128xbf16>, tensor<16xf32>, tensor<16xf32>,
        tensor<16xf32>, !braid.rows<segment>) -> (tensor<?x1024xbf16>, tensor<?x1024xf32>)
  return
}

// CHECK-LABEL: func.func @attention
// CHECK: braid.attention %{{.*}}, %{{.*}}, %{{.*}} rows(%{{.*}}) state(@layers.7.key, @layers.7.value) {head_dim = 64 : i64, heads = 8 : i64, kv_heads = 2 : i64, scale = 1.250000e-01 : f64}
func.func @attention(%q: tensor<?x512xbf16>, %k: tensor<?x128xbf16>, %v: tensor<?x128xbf16>, %rows: !braid.rows<segment>) {
  %y = braid.attention %q, %k, %v rows(%rows) state(@"layers.7.key", @"layers.7.value")
     {heads = 8 : i64, kv_heads = 2 : i64, head_dim = 64 : i64, scale = 0.125 : f64}
     : (tensor<?x512xbf16>, tensor<?x128xbf16>, tensor<?x128xbf16>, !braid.rows<segment>) -> tensor<?x512xbf16>
  return
}

// CHECK-LABEL: func.func @rows
func.func @rows(%x: tensor<?x512xbf16>, %rows: !braid.rows<segment>) {
  // CHECK: braid.positions %{{.*}} : (!braid.rows<segment>) -> tensor<?xi64>
  %pos = braid.positions %rows : (!braid.rows<segment>) -> tensor<?xi64>
  // CHECK: braid.last_token %{{.*}} rows(%{{.*}}) : (tensor<?x512xbf16>, !braid.rows<segment>) -> tensor<?x512xbf16, #braid.per_row>
  %last = braid.last_token %x rows(%rows)
    : (tensor<?x512xbf16>, !braid.rows<segment>) -> tensor<?x512xbf16, #braid.per_row>
  // CHECK: braid.rope %{{.*}}, %{{.*}} {base = 1.000000e+04 : f64, head_dim = 64 : i64, rotary_dim = 64 : i64} : (tensor<?x512xbf16>, tensor<?xi64>) -> tensor<?x512xbf16>
  // CHECK: braid.rope %{{.*}}, %{{.*}} {base = 5.000000e+05 : f64, factor = 8.000000e+00 : f64, head_dim = 64 : i64, high_freq_factor = 4.000000e+00 : f64, low_freq_factor = 1.000000e+00 : f64, original_context = 8192 : i64, rotary_dim = 64 : i64}
  %y = braid.rope %x, %pos {base = 1.0e4 : f64, head_dim = 64 : i64, rotary_dim = 64 : i64}
     : (tensor<?x512xbf16>, tensor<?xi64>) -> tensor<?x512xbf16>
  %z = braid.rope %x, %pos {base = 5.0e5 : f64, head_dim = 64 : i64, rotary_dim = 64 : i64, factor = 8.0 : f64,
                            low_freq_factor = 1.0 : f64, high_freq_factor = 4.0 : f64, original_context = 8192 : i64}
     : (tensor<?x512xbf16>, tensor<?xi64>) -> tensor<?x512xbf16>
  return
}

// CHECK-LABEL: func.func @embedding
// CHECK: braid.embedding %{{.*}}, %{{.*}} : (tensor<8192x512xbf16>, tensor<?xi32>) -> tensor<?x512xbf16>
func.func @embedding(%table: tensor<8192x512xbf16>, %tokens: tensor<?xi32>) {
  %h = braid.embedding %table, %tokens : (tensor<8192x512xbf16>, tensor<?xi32>) -> tensor<?x512xbf16>
  return
}

// CHECK-LABEL: func.func @linear
// CHECK: braid.linear %{{.*}}, %{{.*}} bias(%{{.*}}) : (tensor<?x512xbf16>, tensor<64x512xbf16>, tensor<64xbf16>) -> tensor<?x64xbf16>
func.func @linear(%x: tensor<?x512xbf16>, %w: tensor<64x512xbf16>, %b: tensor<64xbf16>) {
  %y = braid.linear %x, %w bias(%b) : (tensor<?x512xbf16>, tensor<64x512xbf16>, tensor<64xbf16>) -> tensor<?x64xbf16>
  return
}

// CHECK-LABEL: func.func @norms
func.func @norms(%x: tensor<?x512xf32>, %w: tensor<512xbf16>) {
  // CHECK: braid.rms_norm %{{.*}}, %{{.*}} {eps = 1.000000e-05 : f64} : (tensor<?x512xf32>, tensor<512xbf16>) -> tensor<?x512xbf16>
  %y = braid.rms_norm %x, %w {eps = 1.0e-5 : f64} : (tensor<?x512xf32>, tensor<512xbf16>) -> tensor<?x512xbf16>
  return
}

// CHECK-LABEL: func.func @layer_norm
// CHECK: braid.layer_norm %{{.*}}, %{{.*}}, %{{.*}} {eps = 1.000000e-05 : f64, plus_one} :
func.func @layer_norm(%x: tensor<?x512xbf16>, %w: tensor<512xbf16>, %b: tensor<512xbf16>) {
  %y = braid.layer_norm %x, %w, %b {eps = 1.0e-5 : f64, plus_one}
     : (tensor<?x512xbf16>, tensor<512xbf16>, tensor<512xbf16>) -> tensor<?x512xbf16>
  return
}

// CHECK-LABEL: func.func @gated_rms_norm
// CHECK: braid.gated_rms_norm %{{.*}}, %{{.*}}, %{{.*}} {eps = 1.000000e-05 : f64, groups = 8 : i64} :
func.func @gated_rms_norm(%x: tensor<?x8192xbf16>, %z: tensor<?x8192xbf16>, %w: tensor<8192xbf16>) {
  %y = braid.gated_rms_norm %x, %z, %w {eps = 1.0e-5 : f64, groups = 8 : i64}
     : (tensor<?x8192xbf16>, tensor<?x8192xbf16>, tensor<8192xbf16>) -> tensor<?x8192xbf16>
  return
}

// CHECK-LABEL: func.func @activation
// CHECK: braid.activation <gelu> %{{.*}} : tensor<?x512xbf16>
func.func @activation(%x: tensor<?x512xbf16>) {
  %y = braid.activation <gelu> %x : tensor<?x512xbf16>
  return
}

// CHECK-LABEL: func.func @gate
// CHECK: braid.gate <silu> %{{.*}}, %{{.*}} : tensor<?x512xbf16>
func.func @gate(%g: tensor<?x512xbf16>, %x: tensor<?x512xbf16>) {
  %y = braid.gate <silu> %g, %x : tensor<?x512xbf16>
  return
}

// CHECK-LABEL: func.func @add
// CHECK: braid.add %{{.*}}, %{{.*}} : (tensor<?x512xf32>, tensor<?x512xbf16>) -> tensor<?x512xf32>
// CHECK: braid.cast %{{.*}} : (tensor<?x512xbf16>) -> tensor<?x512xf32>
func.func @add(%r: tensor<?x512xf32>, %y: tensor<?x512xbf16>, %x: tensor<?x512xbf16>) {
  %r1 = braid.add %r, %y : (tensor<?x512xf32>, tensor<?x512xbf16>) -> tensor<?x512xf32>
  return
}

func.func @cast(%x: tensor<?x512xbf16>) {
  %r = braid.cast %x : (tensor<?x512xbf16>) -> tensor<?x512xf32>
  return
}

// CHECK-LABEL: func.func @columns
// CHECK: braid.columns %{{.*}} from 0 : (tensor<?x18560xbf16>) -> tensor<?x8192xbf16>
func.func @columns(%p: tensor<?x18560xbf16>) {
  %z = braid.columns %p from 0 : (tensor<?x18560xbf16>) -> tensor<?x8192xbf16>
  return
}

// CHECK-LABEL: func.func @gradients
// CHECK: braid.linear_input_gradient
// CHECK: braid.linear_weight_gradient
func.func @gradients(%dy: tensor<?x64xbf16>, %w: tensor<64x512xbf16>, %x: tensor<?x512xbf16>) {
  %dx = braid.linear_input_gradient %dy, %w : (tensor<?x64xbf16>, tensor<64x512xbf16>) -> tensor<?x512xbf16>
  %dw = braid.linear_weight_gradient %dy, %x : (tensor<?x64xbf16>, tensor<?x512xbf16>) -> tensor<64x512xf32>
  return
}

// CHECK-LABEL: func.func @scale_rows
// CHECK: braid.scale_rows
func.func @scale_rows(%x: tensor<?x512xf32>, %s: tensor<?x1xf32>) {
  %y = braid.scale_rows %x, %s : (tensor<?x512xf32>, tensor<?x1xf32>) -> tensor<?x512xbf16>
  return
}
