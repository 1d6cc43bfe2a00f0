// Modules whose bf16 results depend much on single roundings: what the first evaluation with rounded results lost was luck,
// far less than another that rounds as well; docs/Attack.md says how the tolerance takes that in.
// RUN: split-file %s %t
// RUN: braid-generate-modules --run --seed 1579631756250364864 --file %t/softmax.mlir | FileCheck %s
// RUN: braid-generate-modules --run --seed 11175428352614756137 --file %t/one-channel.mlir | FileCheck %s
// CHECK: holds

// Two keys with scores of 93 and 90, made of queries and keys behind a scan and products.
//--- softmax.mlir
module {
  braid.state @f0.state.4  kv : tensor<?x2x3xbf16>
  braid.state @f0.state.3  kv : tensor<?x2x3xbf16>
  braid.weight @f0.weight.2 : tensor<12x93xbf16> init {kind = "normal", std = 0.10369516947304253 : f64}
  braid.state @f0.state.1  recurrent : tensor<3x31x65xf32>
  braid.weight @f0.weight.0 : tensor<93xbf16> init {high = 1.000000e+00 : f64, kind = "uniform", low = -1.000000e+00 : f64}
  func.func @f0(%arg0: !braid.rows<segment>, %arg1: tensor<?x3xbf16>, %arg2: tensor<3x3xbf16>, %arg3: tensor<93x3xf32>, %arg4: tensor<?x65xbf16>, %arg5: tensor<65x3xbf16>, %arg6: tensor<3xf32>, %arg7: tensor<3xf32>, %arg8: tensor<3xf32>, %arg9: tensor<6x93xbf16>, %arg10: tensor<6x93xbf16>, %arg11: tensor<6xf32>) -> (tensor<?x6xbf16>, tensor<?x12xbf16>) {
    %0 = braid.positions %arg0 : (!braid.rows<segment>) -> tensor<?xi64>
    %1 = braid.linear %arg1, %arg2 : (tensor<?x3xbf16>, tensor<3x3xbf16>) -> tensor<?x3xbf16>
    %2 = braid.get_weight @f0.weight.0 : tensor<93xbf16>
    %3 = braid.linear %arg1, %arg3 bias(%2) : (tensor<?x3xbf16>, tensor<93x3xf32>, tensor<93xbf16>) -> tensor<?x93xbf16>
    %4 = braid.linear %arg1, %arg5 : (tensor<?x3xbf16>, tensor<65x3xbf16>) -> tensor<?x65xbf16>
    %result = braid.ssd_scan %3, %1, %arg4, %4, %arg6, %arg7, %arg8 rows(%arg0) state(@f0.state.1) {chunk = 11 : i64, dt_max = 0x7FF0000000000000 : f64, dt_min = 0.000000e+00 : f64, groups = 1 : i64, head_dim = 31 : i64, heads = 3 : i64, state_size = 65 : i64} : (tensor<?x93xbf16>, tensor<?x3xbf16>, tensor<?x65xbf16>, tensor<?x65xbf16>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, !braid.rows<segment>) -> tensor<?x93xbf16>
    %5 = braid.get_weight @f0.weight.2 : tensor<12x93xbf16>
    %6 = braid.linear %result, %5 : (tensor<?x93xbf16>, tensor<12x93xbf16>) -> tensor<?x12xbf16>
    %7 = braid.linear %result, %arg9 : (tensor<?x93xbf16>, tensor<6x93xbf16>) -> tensor<?x6xbf16>
    %8 = braid.linear %result, %arg10 bias(%arg11) : (tensor<?x93xbf16>, tensor<6x93xbf16>, tensor<6xf32>) -> tensor<?x6xbf16>
    %9 = braid.rope %6, %0 {base = 5.000000e+05 : f64, factor = 1.000000e+00 : f64, head_dim = 3 : i64, high_freq_factor = 4.000000e+00 : f64, low_freq_factor = 1.000000e+00 : f64, original_context = 2952 : i64, rotary_dim = 2 : i64} : (tensor<?x12xbf16>, tensor<?xi64>) -> tensor<?x12xbf16>
    %10 = braid.rope %7, %0 {base = 1.000000e+01 : f64, head_dim = 3 : i64, rotary_dim = 2 : i64} : (tensor<?x6xbf16>, tensor<?xi64>) -> tensor<?x6xbf16>
    %result_0 = braid.attention %9, %10, %8 rows(%arg0) state(@f0.state.3, @f0.state.4) {head_dim = 3 : i64, heads = 4 : i64, kv_heads = 2 : i64, scale = 0.57735026918962584 : f64} : (tensor<?x12xbf16>, tensor<?x6xbf16>, tensor<?x6xbf16>, !braid.rows<segment>) -> tensor<?x12xbf16>
    return %8, %result_0 : tensor<?x6xbf16>, tensor<?x12xbf16>
  }
}


// A product that cancels to a tenth of its terms, one number for every token of a vocabulary of one.
//--- one-channel.mlir
module attributes {braid.model = {architecture = "nemotron_h", eos_token_id = [], layers = 3 : i64, max_context = 0 : i64, name = "description", parameters = 816 : i64, vocab_size = 1 : i64}, braid.options = {dtype = "bf16", state_dtype = "f32"}} {
  braid.weight @backbone.embeddings.weight : tensor<1x1xbf16> init {kind = "normal", std = 2.000000e-02 : f64}
  braid.weight @backbone.layers.2.norm.weight : tensor<1xbf16> init {kind = "constant", value = 1.000000e+00 : f64} no_decay
  braid.weight @backbone.layers.2.mixer.in_proj.weight : tensor<134x1xbf16> init {high = 1.000000e+00 : f64, kind = "uniform", low = -1.000000e+00 : f64}
  braid.weight @backbone.layers.2.mixer.conv1d.weight : tensor<86x1x2xbf16> init {high = 0.70710678118654746 : f64, kind = "uniform", low = -0.70710678118654746 : f64}
  braid.weight @backbone.layers.2.mixer.dt_bias : tensor<6xf32> init {floor = 1.000000e-04 : f64, high = 1.000000e-01 : f64, kind = "dt_bias", low = 1.000000e-03 : f64} no_decay
  braid.weight @backbone.layers.2.mixer.A_log : tensor<6xf32> init {high = 1.600000e+01 : f64, kind = "log_uniform", low = 1.000000e+00 : f64} no_decay
  braid.weight @backbone.layers.2.mixer.D : tensor<6xf32> init {kind = "constant", value = 1.000000e+00 : f64} no_decay
  braid.weight @backbone.layers.2.mixer.norm.weight : tensor<42xbf16> init {kind = "constant", value = 1.000000e+00 : f64} no_decay
  braid.weight @backbone.layers.2.mixer.out_proj.weight : tensor<1x42xbf16> init {kind = "normal", std = 0.011547005383792516 : f64}
  braid.weight @lm_head.weight : tensor<1x1xbf16> init {kind = "normal", std = 2.000000e-02 : f64}
  braid.state @layers.2.conv  conv_tail : tensor<1x86xbf16>
  braid.state @layers.2.ssm  recurrent : tensor<6x7x11xf32>
  func.func @forward(%arg0: tensor<?xi32>, %arg1: !braid.rows<segment>) -> tensor<?x1xf32> {
    %0 = braid.get_weight @backbone.embeddings.weight : tensor<1x1xbf16>
    %1 = braid.embedding %0, %arg0 : (tensor<1x1xbf16>, tensor<?xi32>) -> tensor<?x1xbf16>
    %2 = braid.get_weight @backbone.layers.2.norm.weight : tensor<1xbf16>
    %3 = braid.rms_norm %1, %2 {eps = 1.000000e-05 : f64} : (tensor<?x1xbf16>, tensor<1xbf16>) -> tensor<?x1xbf16>
    %4 = braid.get_weight @backbone.layers.2.mixer.in_proj.weight : tensor<134x1xbf16>
    %5 = braid.linear %3, %4 : (tensor<?x1xbf16>, tensor<134x1xbf16>) -> tensor<?x134xbf16>
    %6 = braid.columns %5 from 0 : (tensor<?x134xbf16>) -> tensor<?x42xbf16>
    %7 = braid.columns %5 from 42 : (tensor<?x134xbf16>) -> tensor<?x86xbf16>
    %8 = braid.columns %5 from 128 : (tensor<?x134xbf16>) -> tensor<?x6xbf16>
    %9 = braid.get_weight @backbone.layers.2.mixer.conv1d.weight : tensor<86x1x2xbf16>
    %10 = braid.causal_conv1d <silu> %7, %9 rows(%arg1) state(@layers.2.conv) : (tensor<?x86xbf16>, tensor<86x1x2xbf16>, !braid.rows<segment>) -> tensor<?x86xbf16>
    %11 = braid.columns %10 from 0 : (tensor<?x86xbf16>) -> tensor<?x42xbf16>
    %12 = braid.columns %10 from 42 : (tensor<?x86xbf16>) -> tensor<?x22xbf16>
    %13 = braid.columns %10 from 64 : (tensor<?x86xbf16>) -> tensor<?x22xbf16>
    %14 = braid.get_weight @backbone.layers.2.mixer.dt_bias : tensor<6xf32>
    %15 = braid.get_weight @backbone.layers.2.mixer.A_log : tensor<6xf32>
    %16 = braid.get_weight @backbone.layers.2.mixer.D : tensor<6xf32>
    %result = braid.ssd_scan %11, %8, %12, %13, %15, %16, %14 rows(%arg1) state(@layers.2.ssm) {chunk = 7 : i64, dt_max = 0x7FF0000000000000 : f64, dt_min = 0.000000e+00 : f64, groups = 2 : i64, head_dim = 7 : i64, heads = 6 : i64, state_size = 11 : i64} : (tensor<?x42xbf16>, tensor<?x6xbf16>, tensor<?x22xbf16>, tensor<?x22xbf16>, tensor<6xf32>, tensor<6xf32>, tensor<6xf32>, !braid.rows<segment>) -> tensor<?x42xbf16>
    %17 = braid.get_weight @backbone.layers.2.mixer.norm.weight : tensor<42xbf16>
    %18 = braid.gated_rms_norm %result, %6, %17 {eps = 1.000000e-05 : f64, groups = 2 : i64} : (tensor<?x42xbf16>, tensor<?x42xbf16>, tensor<42xbf16>) -> tensor<?x42xbf16>
    %19 = braid.get_weight @backbone.layers.2.mixer.out_proj.weight : tensor<1x42xbf16>
    %20 = braid.linear %18, %19 : (tensor<?x42xbf16>, tensor<1x42xbf16>) -> tensor<?x1xbf16>
    %21 = braid.add %1, %20 : (tensor<?x1xbf16>, tensor<?x1xbf16>) -> tensor<?x1xbf16>
    %22 = braid.get_weight @lm_head.weight : tensor<1x1xbf16>
    %23 = braid.linear %21, %22 : (tensor<?x1xbf16>, tensor<1x1xbf16>) -> tensor<?x1xf32>
    return %23 : tensor<?x1xf32>
  }
}
