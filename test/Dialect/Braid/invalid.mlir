// RUN: braid-opt %s --split-input-file --verify-diagnostics -o /dev/null

// One case at least for each numbered constraint; a case is named after the constraint that it breaks.

// weight_c1
// expected-error@+1 {{'braid.weight' op expects a static shape, found 'tensor<?x4xf32>'}}
braid.weight @w : tensor<?x4xf32> init {kind = "constant", value = 0.0 : f64}

// -----

// weight_c2: no kind
// expected-error@+1 {{'braid.weight' op expects init to have a kind of normal, uniform, constant, log_uniform or dt_bias, found {std = 1.000000e+00 : f64}}}
braid.weight @w : tensor<4xf32> init {std = 1.0 : f64}

// -----

// weight_c2: a number is missing
// expected-error@+1 {{'braid.weight' op expects init of kind "uniform" to have the number 'high'}}
braid.weight @w : tensor<4xf32> init {kind = "uniform", low = 0.0 : f64}

// -----

// state_c1: conv_tail of another rank
// expected-error@+1 {{'braid.state' op expects conv_tail of a static shape [width - 1, channels], found 'tensor<3x4x5xf32>'}}
braid.state @s conv_tail : tensor<3x4x5xf32>

// -----

// state_c1: recurrent of a dynamic shape
// expected-error@+1 {{'braid.state' op expects recurrent of a static shape, found 'tensor<?x4xf32>'}}
braid.state @s recurrent : tensor<?x4xf32>

// -----

// state_c2
// expected-error@+1 {{'braid.state' op expects kv of shape [?, kv_heads, head_dim], found 'tensor<?x4xf32>'}}
braid.state @s kv : tensor<?x4xf32>

// -----

func.func @get_weight_c1() {
  // expected-error@+1 {{'braid.get_weight' op refers to @nothing, which is no braid.weight}}
  %w = braid.get_weight @nothing : tensor<4xf32>
  return
}

// -----

// get_weight_c1: another type
// expected-note@+1 {{declared as 'tensor<4xf32>'}}
braid.weight @w : tensor<4xf32> init {kind = "constant", value = 0.0 : f64}
func.func @get_weight_c1_type() {
  // expected-error@+1 {{'braid.get_weight' op expects the weight's type, found 'tensor<5xf32>'}}
  %w = braid.get_weight @w : tensor<5xf32>
  return
}

// -----

func.func @fused_c1(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{'braid.fused' op expects the region's arguments to have the operands' types}}
  %y = "braid.fused"(%x) ({
  ^bb0(%a: tensor<?x4xbf16>):
    braid.yield %a : tensor<?x4xbf16>
  }) : (tensor<?x4xf32>) -> tensor<?x4xbf16>
  return
}

// -----

func.func @fused_c2(%x: tensor<?x4xf32>) {
  %y = braid.fused(%a = %x) : (tensor<?x4xf32>) -> tensor<?x4xbf16> {
    // expected-error@+1 {{'braid.yield' op expects the types of the fused op's results}}
    braid.yield %a : tensor<?x4xf32>
  }
  return
}

// -----

// A fused region names one operand for each type.
func.func @fused_operands(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{expects 1 operand types, found 2}}
  %y = braid.fused(%a = %x) : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32> {
    braid.yield %a : tensor<?x4xf32>
  }
  return
}

// -----

func.func @contract_c1_negative(%a: tensor<8x4x64xf32>, %b: tensor<8x?x64xf32>) {
  // expected-error@+1 {{'braid.contract' op expects batch not to be negative, found -1}}
  %y = braid.contract %a, %b {batch = -1 : i64} : (tensor<8x4x64xf32>, tensor<8x?x64xf32>) -> tensor<8x4x?xf32>
  return
}

// -----

func.func @contract_c1_rank(%a: tensor<8x4x64xf32>, %b: tensor<8x?x64xf32>) {
  // expected-error@+1 {{'braid.contract' op expects a and b to agree on 3 batch dimensions and the last one, found 'tensor<8x4x64xf32>' and 'tensor<8x?x64xf32>'}}
  %y = braid.contract %a, %b {batch = 3 : i64} : (tensor<8x4x64xf32>, tensor<8x?x64xf32>) -> tensor<8x4x?xf32>
  return
}

// -----

func.func @contract_c1_batch(%a: tensor<8x4x64xf32>, %b: tensor<7x?x64xf32>) {
  // expected-error@+1 {{'braid.contract' op expects a and b to agree on 1 batch dimensions}}
  %y = braid.contract %a, %b {batch = 1 : i64} : (tensor<8x4x64xf32>, tensor<7x?x64xf32>) -> tensor<8x4x?xf32>
  return
}

// -----

func.func @contract_c1_depth(%a: tensor<4x64xf32>, %b: tensor<5x32xf32>) {
  // expected-error@+1 {{'braid.contract' op expects a and b to agree on 0 batch dimensions and the last one}}
  %y = braid.contract %a, %b : (tensor<4x64xf32>, tensor<5x32xf32>) -> tensor<4x5xf32>
  return
}

// -----

func.func @contract_c2(%a: tensor<8x4x64xf32>, %b: tensor<8x?x64xf32>) {
  // expected-error@+1 {{'braid.contract' op expects a result of batch, a's free and b's free dimensions, found 'tensor<8x5x?xf32>'}}
  %y = braid.contract %a, %b {batch = 1 : i64} : (tensor<8x4x64xf32>, tensor<8x?x64xf32>) -> tensor<8x5x?xf32>
  return
}

// -----

func.func @reduce_c1_dim(%x: tensor<?x512xf32>) {
  // expected-error@+1 {{'braid.reduce' op expects dim from 0 to below 2, found 2}}
  %y = braid.reduce <add> %x {dim = 2 : i64} : (tensor<?x512xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @reduce_c1_negative(%x: tensor<?x512xf32>) {
  // expected-error@+1 {{'braid.reduce' op expects dim from 0 to below 2, found -1}}
  %y = braid.reduce <add> %x {dim = -1 : i64} : (tensor<?x512xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @reduce_c1_result(%x: tensor<?x512xf32>) {
  // expected-error@+1 {{'braid.reduce' op expects the result to lack dimension 1, found 'tensor<512xf32>'}}
  %y = braid.reduce <max> %x {dim = 1 : i64} : (tensor<?x512xf32>) -> tensor<512xf32>
  return
}

// -----

func.func @broadcast_c1_rising(%x: tensor<8x4xf32>, %l: tensor<8x4xf32>) {
  // expected-error@+1 {{'braid.broadcast' op expects dims to rise and to name 2 dimensions of the result}}
  %y = braid.broadcast %x, %l {dims = array<i64: 1, 0>} : (tensor<8x4xf32>, tensor<8x4xf32>) -> tensor<8x4xf32>
  return
}

// -----

func.func @broadcast_c1_count(%x: tensor<8xf32>, %l: tensor<8x4xf32>) {
  // expected-error@+1 {{'braid.broadcast' op expects dims to rise and to name 1 dimensions of the result}}
  %y = braid.broadcast %x, %l {dims = array<i64: 0, 1>} : (tensor<8xf32>, tensor<8x4xf32>) -> tensor<8x4xf32>
  return
}

// -----

func.func @broadcast_c1_range(%x: tensor<8xf32>, %l: tensor<8x4xf32>) {
  // expected-error@+1 {{'braid.broadcast' op expects dims to rise and to name 1 dimensions of the result}}
  %y = braid.broadcast %x, %l {dims = array<i64: 2>} : (tensor<8xf32>, tensor<8x4xf32>) -> tensor<8x4xf32>
  return
}

// -----

func.func @broadcast_c2_like(%x: tensor<8xf32>, %l: tensor<8x4xf32>) {
  // expected-error@+1 {{'braid.broadcast' op expects the shape of like, found 'tensor<8x5xf32>'}}
  %y = braid.broadcast %x, %l {dims = array<i64: 0>} : (tensor<8xf32>, tensor<8x4xf32>) -> tensor<8x5xf32>
  return
}

// -----

func.func @broadcast_c2_extent(%x: tensor<7xf32>, %l: tensor<8x4xf32>) {
  // expected-error@+1 {{'braid.broadcast' op expects x to have extent 8 for dimension 0, found 'tensor<7xf32>'}}
  %y = braid.broadcast %x, %l {dims = array<i64: 0>} : (tensor<7xf32>, tensor<8x4xf32>) -> tensor<8x4xf32>
  return
}

// -----

func.func @reshape_c1_dynamic(%x: tensor<?x512xf32>) {
  // expected-error@+1 {{'braid.reshape' op expects at most one dynamic dimension in the result, found 'tensor<?x?xf32>'}}
  %y = braid.reshape %x : (tensor<?x512xf32>) -> tensor<?x?xf32>
  return
}

// -----

func.func @reshape_c1_count(%x: tensor<8x4xf32>) {
  // expected-error@+1 {{'braid.reshape' op expects 32 elements, found 'tensor<8x5xf32>'}}
  %y = braid.reshape %x : (tensor<8x4xf32>) -> tensor<8x5xf32>
  return
}

// -----

func.func @transpose_c1_twice(%x: tensor<8x64xf32>) {
  // expected-error@+1 {{'braid.transpose' op expects the dimensions of x in the order of a permutation, found 'tensor<8x8xf32>'}}
  %y = braid.transpose %x {permutation = array<i64: 0, 0>} : (tensor<8x64xf32>) -> tensor<8x8xf32>
  return
}

// -----

func.func @transpose_c1_count(%x: tensor<8x64xf32>) {
  // expected-error@+1 {{'braid.transpose' op expects the dimensions of x in the order of a permutation, found 'tensor<8xf32>'}}
  %y = braid.transpose %x {permutation = array<i64: 0>} : (tensor<8x64xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @transpose_c1_result(%x: tensor<8x64xf32>) {
  // expected-error@+1 {{'braid.transpose' op expects the dimensions of x in the order of a permutation, found 'tensor<8x64xf32>'}}
  %y = braid.transpose %x {permutation = array<i64: 1, 0>} : (tensor<8x64xf32>) -> tensor<8x64xf32>
  return
}

// -----

func.func @slice_c1_dim(%x: tensor<?x512xf32>) {
  // expected-error@+1 {{'braid.slice' op expects dim from 0 to below 2, found 2}}
  %y = braid.slice %x {dim = 2 : i64, from = 0 : i64, to = 1 : i64} : (tensor<?x512xf32>) -> tensor<?x1xf32>
  return
}

// -----

func.func @slice_c1_negative(%x: tensor<?x512xf32>) {
  // expected-error@+1 {{'braid.slice' op expects dim from 0 to below 2, found -1}}
  %y = braid.slice %x {dim = -1 : i64, from = 0 : i64, to = 1 : i64} : (tensor<?x512xf32>) -> tensor<?x1xf32>
  return
}

// -----

func.func @slice_c1_from(%x: tensor<?x512xf32>) {
  // expected-error@+1 {{'braid.slice' op expects a run of indices within 512, found -1 to 4}}
  %y = braid.slice %x {dim = 1 : i64, from = -1 : i64, to = 4 : i64} : (tensor<?x512xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @slice_c1_order(%x: tensor<?x512xf32>) {
  // expected-error@+1 {{'braid.slice' op expects a run of indices within 512, found 8 to 4}}
  %y = braid.slice %x {dim = 1 : i64, from = 8 : i64, to = 4 : i64} : (tensor<?x512xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @slice_c1_end(%x: tensor<?x512xf32>) {
  // expected-error@+1 {{'braid.slice' op expects a run of indices within 512, found 8 to 513}}
  %y = braid.slice %x {dim = 1 : i64, from = 8 : i64, to = 513 : i64} : (tensor<?x512xf32>) -> tensor<?x505xf32>
  return
}

// -----

func.func @slice_c2(%x: tensor<?x512xf32>) {
  // expected-error@+1 {{'braid.slice' op expects extent 8 in dimension 1, found 'tensor<?x9xf32>'}}
  %y = braid.slice %x {dim = 1 : i64, from = 8 : i64, to = 16 : i64} : (tensor<?x512xf32>) -> tensor<?x9xf32>
  return
}

// -----

func.func @concat_c1_sum(%a: tensor<2x8xf32>, %b: tensor<3x8xf32>) {
  // expected-error@+1 {{'braid.concat' op expects shapes that agree but along dimension 0, found 'tensor<2x8xf32>', 'tensor<3x8xf32>' and 'tensor<6x8xf32>'}}
  %y = braid.concat %a, %b {dim = 0 : i64} : (tensor<2x8xf32>, tensor<3x8xf32>) -> tensor<6x8xf32>
  return
}

// -----

func.func @concat_c1_other(%a: tensor<2x8xf32>, %b: tensor<3x9xf32>) {
  // expected-error@+1 {{'braid.concat' op expects shapes that agree but along dimension 0, found 'tensor<2x8xf32>', 'tensor<3x9xf32>' and 'tensor<5x8xf32>'}}
  %y = braid.concat %a, %b {dim = 0 : i64} : (tensor<2x8xf32>, tensor<3x9xf32>) -> tensor<5x8xf32>
  return
}

// -----

func.func @concat_c1_rank(%a: tensor<2x8xf32>, %b: tensor<3xf32>) {
  // expected-error@+1 {{'braid.concat' op expects shapes that agree but along dimension 0, found 'tensor<2x8xf32>', 'tensor<3xf32>' and 'tensor<5x8xf32>'}}
  %y = braid.concat %a, %b {dim = 0 : i64} : (tensor<2x8xf32>, tensor<3xf32>) -> tensor<5x8xf32>
  return
}

// -----

func.func @concat_c1_dim(%a: tensor<2x8xf32>, %b: tensor<3x8xf32>) {
  // expected-error@+1 {{'braid.concat' op expects shapes that agree but along dimension 2, found 'tensor<2x8xf32>', 'tensor<3x8xf32>' and 'tensor<5x8xf32>'}}
  %y = braid.concat %a, %b {dim = 2 : i64} : (tensor<2x8xf32>, tensor<3x8xf32>) -> tensor<5x8xf32>
  return
}

// -----

func.func @concat_c1_negative(%a: tensor<2x8xf32>, %b: tensor<3x8xf32>) {
  // expected-error@+1 {{'braid.concat' op expects shapes that agree but along dimension -1, found 'tensor<2x8xf32>', 'tensor<3x8xf32>' and 'tensor<5x8xf32>'}}
  %y = braid.concat %a, %b {dim = -1 : i64} : (tensor<2x8xf32>, tensor<3x8xf32>) -> tensor<5x8xf32>
  return
}

// -----

func.func @concat_c1_dynamic(%a: tensor<?x8xf32>, %b: tensor<3x8xf32>) {
  // expected-error@+1 {{'braid.concat' op expects shapes that agree but along dimension 0, found 'tensor<?x8xf32>', 'tensor<3x8xf32>' and 'tensor<5x8xf32>'}}
  %y = braid.concat %a, %b {dim = 0 : i64} : (tensor<?x8xf32>, tensor<3x8xf32>) -> tensor<5x8xf32>
  return
}

// -----

func.func @gather_c1(%t: tensor<8x4xf32>, %i: tensor<?xi32>) {
  // expected-error@+1 {{'braid.gather' op expects the index's dimension and the table's but the first, found 'tensor<?x5xf32>'}}
  %y = braid.gather %t, %i : (tensor<8x4xf32>, tensor<?xi32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @gather_c1_rank(%t: tensor<f32>, %i: tensor<?xi32>) {
  // expected-error@+1 {{'braid.gather' op expects a table of rank 1 or more, found 'tensor<f32>'}}
  %y = braid.gather %t, %i : (tensor<f32>, tensor<?xi32>) -> tensor<?xf32>
  return
}

// -----

func.func @convert_c1(%x: tensor<?xi64>) {
  // expected-error@+1 {{'braid.convert' op expects one shape, found 'tensor<?xi64>' and 'tensor<4xf32>'}}
  %y = braid.convert %x : (tensor<?xi64>) -> tensor<4xf32>
  return
}

// -----

func.func @model_dimension_dynamic(%x: tensor<?x?xf32>, %w: tensor<?xf32>) {
  // expected-error@+1 {{'braid.rms_norm' op operand #0 must be 2D tensor of the model's floating-point types with a static, positive width, but got 'tensor<?x?xf32>'}}
  %y = braid.rms_norm %x, %w {eps = 1.0e-5 : f64} : (tensor<?x?xf32>, tensor<?xf32>) -> tensor<?x?xf32>
  return
}

// -----

func.func @model_dimension_zero(%x: tensor<?x0xf32>, %w: tensor<0xf32>) {
  // expected-error@+1 {{'braid.rms_norm' op operand #0 must be 2D tensor of the model's floating-point types with a static, positive width, but got 'tensor<?x0xf32>'}}
  %y = braid.rms_norm %x, %w {eps = 1.0e-5 : f64} : (tensor<?x0xf32>, tensor<0xf32>) -> tensor<?x0xf32>
  return
}

// -----

func.func @tokenwise_c1(%a: tensor<?x4xf32>, %b: tensor<?x4xf32, #braid.per_row>) {
  // expected-error@+1 {{'braid.add' op expects tensors all by token or all by row, found 'tensor<?x4xf32>' and 'tensor<?x4xf32, #braid.per_row>'}}
  %y = braid.add %a, %b : (tensor<?x4xf32>, tensor<?x4xf32, #braid.per_row>) -> tensor<?x4xf32>
  return
}

// -----

func.func @tokenwise_c1_result(%a: tensor<?x4xf32>) {
  // expected-error@+1 {{'braid.cast' op expects tensors all by token or all by row, found 'tensor<?x4xf32>' and 'tensor<?x4xbf16, #braid.per_row>'}}
  %y = braid.cast %a : (tensor<?x4xf32>) -> tensor<?x4xbf16, #braid.per_row>
  return
}

// -----

func.func @embedding_c1(%t: tensor<8x4xf32>, %i: tensor<?xi32>) {
  // expected-error@+1 {{'braid.embedding' op expects the result to be [?, 4], found 'tensor<?x5xf32>'}}
  %y = braid.embedding %t, %i : (tensor<8x4xf32>, tensor<?xi32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @linear_c1_weight(%x: tensor<?x4xf32>, %w: tensor<6x5xf32>) {
  // expected-error@+1 {{'braid.linear' op expects weight to be [6, 4], found 'tensor<6x5xf32>'}}
  %y = braid.linear %x, %w : (tensor<?x4xf32>, tensor<6x5xf32>) -> tensor<?x6xf32>
  return
}

// -----

func.func @linear_c1_result(%x: tensor<?x4xf32>, %w: tensor<6x4xf32>) {
  // expected-error@+1 {{'braid.linear' op expects the result to be [?, 6], found 'tensor<?x7xf32>'}}
  %y = braid.linear %x, %w : (tensor<?x4xf32>, tensor<6x4xf32>) -> tensor<?x7xf32>
  return
}

// -----

func.func @linear_c2(%x: tensor<?x4xf32>, %w: tensor<6x4xf32>, %b: tensor<5xf32>) {
  // expected-error@+1 {{'braid.linear' op expects bias to be [6], found 'tensor<5xf32>'}}
  %y = braid.linear %x, %w bias(%b) : (tensor<?x4xf32>, tensor<6x4xf32>, tensor<5xf32>) -> tensor<?x6xf32>
  return
}

// -----

func.func @rms_norm_c1_weight(%x: tensor<?x4xf32>, %w: tensor<5xf32>) {
  // expected-error@+1 {{'braid.rms_norm' op expects weight to be [4], found 'tensor<5xf32>'}}
  %y = braid.rms_norm %x, %w {eps = 1.0e-5 : f64} : (tensor<?x4xf32>, tensor<5xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @rms_norm_c1_result(%x: tensor<?x4xf32>, %w: tensor<4xf32>) {
  // expected-error@+1 {{'braid.rms_norm' op expects the result to be [?, 4], found 'tensor<?x5xf32>'}}
  %y = braid.rms_norm %x, %w {eps = 1.0e-5 : f64} : (tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @layer_norm_c1_weight(%x: tensor<?x4xf32>, %w: tensor<5xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{'braid.layer_norm' op expects weight to be [4], found 'tensor<5xf32>'}}
  %y = braid.layer_norm %x, %w, %b {eps = 1.0e-5 : f64} : (tensor<?x4xf32>, tensor<5xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @layer_norm_c1_bias(%x: tensor<?x4xf32>, %w: tensor<4xf32>, %b: tensor<5xf32>) {
  // expected-error@+1 {{'braid.layer_norm' op expects bias to be [4], found 'tensor<5xf32>'}}
  %y = braid.layer_norm %x, %w, %b {eps = 1.0e-5 : f64} : (tensor<?x4xf32>, tensor<4xf32>, tensor<5xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @layer_norm_c1_result(%x: tensor<?x4xf32>, %w: tensor<4xf32>, %b: tensor<4xf32>) {
  // expected-error@+1 {{'braid.layer_norm' op expects the result to be [?, 4], found 'tensor<?x5xf32>'}}
  %y = braid.layer_norm %x, %w, %b {eps = 1.0e-5 : f64} : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @gated_rms_norm_c1_gate(%x: tensor<?x4xf32>, %g: tensor<?x5xf32>, %w: tensor<4xf32>) {
  // expected-error@+1 {{'braid.gated_rms_norm' op expects gate to be [?, 4], found 'tensor<?x5xf32>'}}
  %y = braid.gated_rms_norm %x, %g, %w {eps = 1.0e-5 : f64, groups = 2 : i64} : (tensor<?x4xf32>, tensor<?x5xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @gated_rms_norm_c1_weight(%x: tensor<?x4xf32>, %g: tensor<?x4xf32>, %w: tensor<5xf32>) {
  // expected-error@+1 {{'braid.gated_rms_norm' op expects weight to be [4], found 'tensor<5xf32>'}}
  %y = braid.gated_rms_norm %x, %g, %w {eps = 1.0e-5 : f64, groups = 2 : i64} : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<5xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @gated_rms_norm_c1_result(%x: tensor<?x4xf32>, %g: tensor<?x4xf32>, %w: tensor<4xf32>) {
  // expected-error@+1 {{'braid.gated_rms_norm' op expects the result to be [?, 4], found 'tensor<?x5xf32>'}}
  %y = braid.gated_rms_norm %x, %g, %w {eps = 1.0e-5 : f64, groups = 2 : i64} : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @gated_rms_norm_c2_zero(%x: tensor<?x4xf32>, %g: tensor<?x4xf32>, %w: tensor<4xf32>) {
  // expected-error@+1 {{'braid.gated_rms_norm' op expects groups to divide 4, found 0}}
  %y = braid.gated_rms_norm %x, %g, %w {eps = 1.0e-5 : f64, groups = 0 : i64} : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @gated_rms_norm_c2_divides(%x: tensor<?x4xf32>, %g: tensor<?x4xf32>, %w: tensor<4xf32>) {
  // expected-error@+1 {{'braid.gated_rms_norm' op expects groups to divide 4, found 3}}
  %y = braid.gated_rms_norm %x, %g, %w {eps = 1.0e-5 : f64, groups = 3 : i64} : (tensor<?x4xf32>, tensor<?x4xf32>, tensor<4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @rope_c1_zero(%x: tensor<?x16xf32>, %p: tensor<?xi64>) {
  // expected-error@+1 {{'braid.rope' op expects head_dim to be positive and below 2^31, found 0}}
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 0 : i64, rotary_dim = 8 : i64} : (tensor<?x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  return
}

// -----

func.func @rope_c1_divides(%x: tensor<?x16xf32>, %p: tensor<?xi64>) {
  // expected-error@+1 {{'braid.rope' op expects head_dim to divide 16, found 6}}
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 6 : i64, rotary_dim = 8 : i64} : (tensor<?x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  return
}

// -----

func.func @rope_c1_result(%x: tensor<?x16xf32>, %p: tensor<?xi64>) {
  // expected-error@+1 {{'braid.rope' op expects the result to be [?, 16], found 'tensor<?x8xf32>'}}
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 8 : i64, rotary_dim = 8 : i64} : (tensor<?x16xf32>, tensor<?xi64>) -> tensor<?x8xf32>
  return
}

// -----

func.func @rope_c2_odd(%x: tensor<?x16xf32>, %p: tensor<?xi64>) {
  // expected-error@+1 {{'braid.rope' op expects rotary_dim to be even, positive and at most 8, found 3}}
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 8 : i64, rotary_dim = 3 : i64} : (tensor<?x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  return
}

// -----

func.func @rope_c2_zero(%x: tensor<?x16xf32>, %p: tensor<?xi64>) {
  // expected-error@+1 {{'braid.rope' op expects rotary_dim to be even, positive and at most 8, found 0}}
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 8 : i64, rotary_dim = 0 : i64} : (tensor<?x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  return
}

// -----

func.func @rope_c2_large(%x: tensor<?x16xf32>, %p: tensor<?xi64>) {
  // expected-error@+1 {{'braid.rope' op expects rotary_dim to be even, positive and at most 8, found 10}}
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 8 : i64, rotary_dim = 10 : i64} : (tensor<?x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  return
}

// -----

func.func @rope_c3(%x: tensor<?x16xf32>, %p: tensor<5xi64>) {
  // expected-error@+1 {{'braid.rope' op expects positions to be [?], found 'tensor<5xi64>'}}
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 8 : i64, rotary_dim = 8 : i64} : (tensor<?x16xf32>, tensor<5xi64>) -> tensor<?x16xf32>
  return
}

// -----

func.func @rope_c4_base(%x: tensor<?x16xf32>, %p: tensor<?xi64>) {
  // expected-error@+1 {{'braid.rope' op expects base to be positive and finite, found 0.000000e+00 : f64}}
  %y = braid.rope %x, %p {base = 0.0 : f64, head_dim = 8 : i64, rotary_dim = 8 : i64} : (tensor<?x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  return
}

// -----

func.func @rope_c4_base_infinite(%x: tensor<?x16xf32>, %p: tensor<?xi64>) {
  // expected-error@+1 {{'braid.rope' op expects base to be positive and finite, found 0x7FF0000000000000 : f64}}
  %y = braid.rope %x, %p {base = 0x7FF0000000000000 : f64, head_dim = 8 : i64, rotary_dim = 8 : i64} : (tensor<?x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  return
}

// -----

func.func @rope_c4_factor(%x: tensor<?x16xf32>, %p: tensor<?xi64>) {
  // expected-error@+1 {{'braid.rope' op expects factor to be positive and finite, found -2.000000e+00 : f64}}
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 8 : i64, rotary_dim = 8 : i64, factor = -2.0 : f64} : (tensor<?x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  return
}

// -----

func.func @rope_c4_factor_nan(%x: tensor<?x16xf32>, %p: tensor<?xi64>) {
  // expected-error@+1 {{'braid.rope' op expects factor to be positive and finite, found 0x7FF8000000000000 : f64}}
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 8 : i64, rotary_dim = 8 : i64, factor = 0x7FF8000000000000 : f64} : (tensor<?x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  return
}

// -----

func.func @rope_c5_low(%x: tensor<?x16xf32>, %p: tensor<?xi64>) {
  // expected-error@+1 {{'braid.rope' op expects low_freq_factor, high_freq_factor and original_context together and factor with them, found some of the four}}
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 8 : i64, rotary_dim = 8 : i64, factor = 2.0 : f64, high_freq_factor = 4.0 : f64, original_context = 64 : i64} : (tensor<?x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  return
}

// -----

func.func @rope_c5_high(%x: tensor<?x16xf32>, %p: tensor<?xi64>) {
  // expected-error@+1 {{'braid.rope' op expects low_freq_factor, high_freq_factor and original_context together and factor with them, found some of the four}}
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 8 : i64, rotary_dim = 8 : i64, factor = 2.0 : f64, low_freq_factor = 1.0 : f64, original_context = 64 : i64} : (tensor<?x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  return
}

// -----

func.func @rope_c5_context(%x: tensor<?x16xf32>, %p: tensor<?xi64>) {
  // expected-error@+1 {{'braid.rope' op expects low_freq_factor, high_freq_factor and original_context together and factor with them, found some of the four}}
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 8 : i64, rotary_dim = 8 : i64, factor = 2.0 : f64, low_freq_factor = 1.0 : f64, high_freq_factor = 4.0 : f64} : (tensor<?x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  return
}

// -----

func.func @rope_c5_factor(%x: tensor<?x16xf32>, %p: tensor<?xi64>) {
  // expected-error@+1 {{'braid.rope' op expects low_freq_factor, high_freq_factor and original_context together and factor with them, found some of the four}}
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 8 : i64, rotary_dim = 8 : i64, low_freq_factor = 1.0 : f64, high_freq_factor = 4.0 : f64, original_context = 64 : i64} : (tensor<?x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  return
}

// -----

func.func @rope_c6_order(%x: tensor<?x16xf32>, %p: tensor<?xi64>) {
  // expected-error@+1 {{'braid.rope' op expects 0 <= low_freq_factor < high_freq_factor, finite, found 1.000000e+00 : f64 and 1.000000e+00 : f64}}
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 8 : i64, rotary_dim = 8 : i64, factor = 2.0 : f64, low_freq_factor = 1.0 : f64, original_context = 64 : i64, high_freq_factor = 1.0 : f64} : (tensor<?x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  return
}

// -----

func.func @rope_c6_negative(%x: tensor<?x16xf32>, %p: tensor<?xi64>) {
  // expected-error@+1 {{'braid.rope' op expects 0 <= low_freq_factor < high_freq_factor, finite, found -1.000000e+00 : f64 and 4.000000e+00 : f64}}
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 8 : i64, rotary_dim = 8 : i64, factor = 2.0 : f64, high_freq_factor = 4.0 : f64, original_context = 64 : i64, low_freq_factor = -1.0 : f64} : (tensor<?x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  return
}

// -----

func.func @rope_c6_infinite(%x: tensor<?x16xf32>, %p: tensor<?xi64>) {
  // expected-error@+1 {{'braid.rope' op expects 0 <= low_freq_factor < high_freq_factor, finite, found 1.000000e+00 : f64 and 0x7FF0000000000000 : f64}}
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 8 : i64, rotary_dim = 8 : i64, factor = 2.0 : f64, low_freq_factor = 1.0 : f64, original_context = 64 : i64, high_freq_factor = 0x7FF0000000000000 : f64} : (tensor<?x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  return
}

// -----

func.func @rope_c6_context(%x: tensor<?x16xf32>, %p: tensor<?xi64>) {
  // expected-error@+1 {{'braid.rope' op expects original_context to be positive and below 2^31, found 0}}
  %y = braid.rope %x, %p {base = 1.0e4 : f64, head_dim = 8 : i64, rotary_dim = 8 : i64, factor = 2.0 : f64, low_freq_factor = 1.0 : f64, high_freq_factor = 4.0 : f64, original_context = 0 : i64} : (tensor<?x16xf32>, tensor<?xi64>) -> tensor<?x16xf32>
  return
}

// -----

func.func @add_c1_operand(%a: tensor<?x4xf32>, %b: tensor<?x5xf32>) {
  // expected-error@+1 {{'braid.add' op expects b to be [?, 4], found 'tensor<?x5xf32>'}}
  %y = braid.add %a, %b : (tensor<?x4xf32>, tensor<?x5xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @add_c1_result(%a: tensor<?x4xf32>) {
  // expected-error@+1 {{'braid.add' op expects the result to be [?, 4], found 'tensor<?x5xf32>'}}
  %y = braid.add %a, %a : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @cast_c1(%a: tensor<?x4xf32>) {
  // expected-error@+1 {{'braid.cast' op expects the result to be [?, 4], found 'tensor<?x5xbf16>'}}
  %y = braid.cast %a : (tensor<?x4xf32>) -> tensor<?x5xbf16>
  return
}

// -----

func.func @columns_c1_end(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{'braid.columns' op expects columns 3 to 5 to lie within 4}}
  %y = braid.columns %x from 3 : (tensor<?x4xf32>) -> tensor<?x2xf32>
  return
}

// -----

func.func @columns_c1_negative(%x: tensor<?x4xf32>) {
  // expected-error@+1 {{'braid.columns' op expects columns -1 to 1 to lie within 4}}
  %y = braid.columns %x from -1 : (tensor<?x4xf32>) -> tensor<?x2xf32>
  return
}

// -----

func.func @sequence_c1(%x: tensor<?x6xf32, #braid.per_row>, %w: tensor<6x1x4xf32>, %b: tensor<6xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.causal_conv1d' op expects tensors by token, found 'tensor<?x6xf32, #braid.per_row>'}}
  %y = braid.causal_conv1d <silu> %x, %w bias(%b) rows(%rows) : (tensor<?x6xf32, #braid.per_row>, tensor<6x1x4xf32>, tensor<6xf32>, !braid.rows<segment>) -> tensor<?x6xf32, #braid.per_row>
  return
}

// -----

func.func @causal_conv1d_c1_width(%x: tensor<?x6xf32>, %w: tensor<6x1x0xf32>, %b: tensor<6xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.causal_conv1d' op expects a static width of at least 1, found 'tensor<6x1x0xf32>'}}
  %y = braid.causal_conv1d <silu> %x, %w bias(%b) rows(%rows) : (tensor<?x6xf32>, tensor<6x1x0xf32>, tensor<6xf32>, !braid.rows<segment>) -> tensor<?x6xf32>
  return
}

// -----

func.func @causal_conv1d_c1_dynamic_width(%x: tensor<?x6xf32>, %w: tensor<6x1x?xf32>, %b: tensor<6xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.causal_conv1d' op expects a static width of at least 1, found 'tensor<6x1x?xf32>'}}
  %y = braid.causal_conv1d <silu> %x, %w bias(%b) rows(%rows) : (tensor<?x6xf32>, tensor<6x1x?xf32>, tensor<6xf32>, !braid.rows<segment>) -> tensor<?x6xf32>
  return
}

// -----

func.func @causal_conv1d_c1_weight(%x: tensor<?x6xf32>, %w: tensor<5x1x4xf32>, %b: tensor<6xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.causal_conv1d' op expects weight to be [6, 1, 4], found 'tensor<5x1x4xf32>'}}
  %y = braid.causal_conv1d <silu> %x, %w bias(%b) rows(%rows) : (tensor<?x6xf32>, tensor<5x1x4xf32>, tensor<6xf32>, !braid.rows<segment>) -> tensor<?x6xf32>
  return
}

// -----

func.func @causal_conv1d_c1_group(%x: tensor<?x6xf32>, %w: tensor<6x2x4xf32>, %b: tensor<6xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.causal_conv1d' op expects weight to be [6, 1, 4], found 'tensor<6x2x4xf32>'}}
  %y = braid.causal_conv1d <silu> %x, %w bias(%b) rows(%rows) : (tensor<?x6xf32>, tensor<6x2x4xf32>, tensor<6xf32>, !braid.rows<segment>) -> tensor<?x6xf32>
  return
}

// -----

func.func @causal_conv1d_c1_result(%x: tensor<?x6xf32>, %w: tensor<6x1x4xf32>, %b: tensor<6xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.causal_conv1d' op expects the result to be [?, 6], found 'tensor<?x5xf32>'}}
  %y = braid.causal_conv1d <silu> %x, %w bias(%b) rows(%rows) : (tensor<?x6xf32>, tensor<6x1x4xf32>, tensor<6xf32>, !braid.rows<segment>) -> tensor<?x5xf32>
  return
}

// -----

func.func @causal_conv1d_c2(%x: tensor<?x6xf32>, %w: tensor<6x1x4xf32>, %b: tensor<5xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.causal_conv1d' op expects bias to be [6], found 'tensor<5xf32>'}}
  %y = braid.causal_conv1d <silu> %x, %w bias(%b) rows(%rows) : (tensor<?x6xf32>, tensor<6x1x4xf32>, tensor<5xf32>, !braid.rows<segment>) -> tensor<?x6xf32>
  return
}

// -----

func.func @causal_conv1d_state_missing(%x: tensor<?x6xf32>, %w: tensor<6x1x4xf32>, %b: tensor<6xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.causal_conv1d' op refers to @tail, which is no braid.state}}
  %y = braid.causal_conv1d <silu> %x, %w bias(%b) rows(%rows) state(@tail) : (tensor<?x6xf32>, tensor<6x1x4xf32>, tensor<6xf32>, !braid.rows<segment>) -> tensor<?x6xf32>
  return
}

// -----

// expected-note@+1 {{declared as recurrent : 'tensor<3x6xf32>'}}
braid.state @tail recurrent : tensor<3x6xf32>
func.func @causal_conv1d_state_kind(%x: tensor<?x6xf32>, %w: tensor<6x1x4xf32>, %b: tensor<6xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.causal_conv1d' op expects state @tail to be conv_tail of shape [3, 6]}}
  %y = braid.causal_conv1d <silu> %x, %w bias(%b) rows(%rows) state(@tail) : (tensor<?x6xf32>, tensor<6x1x4xf32>, tensor<6xf32>, !braid.rows<segment>) -> tensor<?x6xf32>
  return
}

// -----

// expected-note@+1 {{declared as conv_tail : 'tensor<4x6xf32>'}}
braid.state @tail conv_tail : tensor<4x6xf32>
func.func @causal_conv1d_state_shape(%x: tensor<?x6xf32>, %w: tensor<6x1x4xf32>, %b: tensor<6xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.causal_conv1d' op expects state @tail to be conv_tail of shape [3, 6]}}
  %y = braid.causal_conv1d <silu> %x, %w bias(%b) rows(%rows) state(@tail) : (tensor<?x6xf32>, tensor<6x1x4xf32>, tensor<6xf32>, !braid.rows<segment>) -> tensor<?x6xf32>
  return
}

// -----

func.func @ssd_scan_c1_x(%x: tensor<?x13xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects x to be [?, 12], found 'tensor<?x13xf32>'}}
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x13xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @ssd_scan_c1_dt(%x: tensor<?x12xf32>, %dt: tensor<?x5xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects dt to be [?, 4], found 'tensor<?x5xf32>'}}
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x5xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @ssd_scan_c1_b(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x9xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects b to be [?, 10], found 'tensor<?x9xf32>'}}
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x9xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @ssd_scan_c1_c(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x9xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects c to be [?, 10], found 'tensor<?x9xf32>'}}
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x9xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @ssd_scan_c1_result(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects the result to be [?, 12], found 'tensor<?x11xf32>'}}
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x11xf32>
  return
}

// -----

func.func @ssd_scan_c2_a_log(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<3xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects a_log to be [4], found 'tensor<3xf32>'}}
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<3xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @ssd_scan_c2_d(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<3xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects d to be [4], found 'tensor<3xf32>'}}
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<3xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @ssd_scan_c2_dt_bias(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<3xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects dt_bias to be [4], found 'tensor<3xf32>'}}
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<4xf32>, tensor<3xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @ssd_scan_c3_heads(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects heads to be positive and below 2^31, found 0}}
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 0 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @ssd_scan_c3_head_dim(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects head_dim to be positive and below 2^31, found -3}}
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = -3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @ssd_scan_c3_groups(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects groups to be positive and below 2^31, found 0}}
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 0 : i64, state_size = 5 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @ssd_scan_c3_state_size(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects state_size to be positive and below 2^31, found 0}}
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 0 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @ssd_scan_c3_chunk(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects chunk to be positive and below 2^31, found 0}}
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 0 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @ssd_scan_c3_wraps(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects heads to be positive and below 2^31, found 4611686018427387908}}
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4611686018427387908 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @ssd_scan_c3_divides(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects groups to divide 4 heads, found 3}}
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 3 : i64, state_size = 5 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @ssd_scan_c4(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects dt_min <= dt_max, found 2.000000e+00 : f64 and 1.000000e+00 : f64}}
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 128 : i64,
     dt_min = 2.0 : f64, dt_max = 1.0 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @ssd_scan_c4_nan(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects dt_min <= dt_max}}
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 128 : i64,
     dt_min = 0x7FF8000000000000 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @ssd_scan_c5_shape(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects chunk_states to be [?, 15], found 'tensor<?x16xf32>'}}
  %y:2 = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 4 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> (tensor<?x12xf32>, tensor<?x16xf32>)
  return
}

// -----

func.func @ssd_scan_c5_element(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects chunk_states of 'f32', found 'bf16'}}
  %y:2 = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 4 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> (tensor<?x12xf32>, tensor<?x15xbf16>)
  return
}

// -----

func.func @ssd_scan_c5_divides(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects chunk to divide a state's 60 elements, found 8}}
  %y:2 = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 8 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> (tensor<?x12xf32>, tensor<?x15xf32>)
  return
}

// -----

// expected-note@+1 {{declared as recurrent : 'tensor<4x5x3xf32>'}}
braid.state @ssm recurrent : tensor<4x5x3xf32>
func.func @ssd_scan_state(%x: tensor<?x12xf32>, %dt: tensor<?x4xf32>, %b: tensor<?x10xf32>, %c: tensor<?x10xf32>, %a: tensor<4xf32>,
    %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.ssd_scan' op expects state @ssm to be recurrent of shape [4, 3, 5]}}
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows) state(@ssm)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xf32>, tensor<?x4xf32>, tensor<?x10xf32>, tensor<?x10xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @selective_scan_c1_dt(%x: tensor<?x12xf32>, %dt: tensor<?x13xf32>, %b: tensor<?x5xf32>, %c: tensor<?x5xf32>,
    %a: tensor<12x5xf32>, %d: tensor<12xf32>, %bias: tensor<12xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.selective_scan' op expects dt to be [?, 12], found 'tensor<?x13xf32>'}}
  %y = braid.selective_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    : (tensor<?x12xf32>, tensor<?x13xf32>, tensor<?x5xf32>, tensor<?x5xf32>, tensor<12x5xf32>, tensor<12xf32>, tensor<12xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @selective_scan_c1_b(%x: tensor<?x12xf32>, %dt: tensor<?x12xf32>, %b: tensor<?x6xf32>, %c: tensor<?x5xf32>,
    %a: tensor<12x5xf32>, %d: tensor<12xf32>, %bias: tensor<12xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.selective_scan' op expects c to be [?, 6], found 'tensor<?x5xf32>'}}
  %y = braid.selective_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    : (tensor<?x12xf32>, tensor<?x12xf32>, tensor<?x6xf32>, tensor<?x5xf32>, tensor<12x5xf32>, tensor<12xf32>, tensor<12xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @selective_scan_c1_b_tokens(%x: tensor<?x12xf32>, %dt: tensor<?x12xf32>, %b: tensor<7x5xf32>, %c: tensor<?x5xf32>,
    %a: tensor<12x5xf32>, %d: tensor<12xf32>, %bias: tensor<12xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.selective_scan' op expects b to be [?, 5], found 'tensor<7x5xf32>'}}
  %y = braid.selective_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    : (tensor<?x12xf32>, tensor<?x12xf32>, tensor<7x5xf32>, tensor<?x5xf32>, tensor<12x5xf32>, tensor<12xf32>, tensor<12xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @selective_scan_c1_result(%x: tensor<?x12xf32>, %dt: tensor<?x12xf32>, %b: tensor<?x5xf32>, %c: tensor<?x5xf32>,
    %a: tensor<12x5xf32>, %d: tensor<12xf32>, %bias: tensor<12xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.selective_scan' op expects the result to be [?, 12], found 'tensor<?x11xf32>'}}
  %y = braid.selective_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    : (tensor<?x12xf32>, tensor<?x12xf32>, tensor<?x5xf32>, tensor<?x5xf32>, tensor<12x5xf32>, tensor<12xf32>, tensor<12xf32>,
       !braid.rows<segment>) -> tensor<?x11xf32>
  return
}

// -----

func.func @selective_scan_c2_a_log(%x: tensor<?x12xf32>, %dt: tensor<?x12xf32>, %b: tensor<?x5xf32>, %c: tensor<?x5xf32>,
    %a: tensor<12x4xf32>, %d: tensor<12xf32>, %bias: tensor<12xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.selective_scan' op expects a_log to be [12, 5], found 'tensor<12x4xf32>'}}
  %y = braid.selective_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    : (tensor<?x12xf32>, tensor<?x12xf32>, tensor<?x5xf32>, tensor<?x5xf32>, tensor<12x4xf32>, tensor<12xf32>, tensor<12xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @selective_scan_c2_d(%x: tensor<?x12xf32>, %dt: tensor<?x12xf32>, %b: tensor<?x5xf32>, %c: tensor<?x5xf32>,
    %a: tensor<12x5xf32>, %d: tensor<11xf32>, %bias: tensor<12xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.selective_scan' op expects d to be [12], found 'tensor<11xf32>'}}
  %y = braid.selective_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    : (tensor<?x12xf32>, tensor<?x12xf32>, tensor<?x5xf32>, tensor<?x5xf32>, tensor<12x5xf32>, tensor<11xf32>, tensor<12xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @selective_scan_c2_dt_bias(%x: tensor<?x12xf32>, %dt: tensor<?x12xf32>, %b: tensor<?x5xf32>, %c: tensor<?x5xf32>,
    %a: tensor<12x5xf32>, %d: tensor<12xf32>, %bias: tensor<13xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.selective_scan' op expects dt_bias to be [12], found 'tensor<13xf32>'}}
  %y = braid.selective_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    : (tensor<?x12xf32>, tensor<?x12xf32>, tensor<?x5xf32>, tensor<?x5xf32>, tensor<12x5xf32>, tensor<12xf32>, tensor<13xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @selective_scan_c3(%x: tensor<?x12xf32>, %dt: tensor<?x12xf32>, %b: tensor<?x?xf32>, %c: tensor<?x5xf32>,
    %a: tensor<12x5xf32>, %d: tensor<12xf32>, %bias: tensor<12xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.selective_scan' op operand #2 must be 2D tensor of the model's floating-point types with a static, positive width, but got 'tensor<?x?xf32>'}}
  %y = braid.selective_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    : (tensor<?x12xf32>, tensor<?x12xf32>, tensor<?x?xf32>, tensor<?x5xf32>, tensor<12x5xf32>, tensor<12xf32>, tensor<12xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @selective_scan_c3_channels(%x: tensor<?x0xf32>, %dt: tensor<?x12xf32>, %b: tensor<?x5xf32>, %c: tensor<?x5xf32>,
    %a: tensor<12x5xf32>, %d: tensor<12xf32>, %bias: tensor<12xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.selective_scan' op operand #0 must be 2D tensor of the model's floating-point types with a static, positive width, but got 'tensor<?x0xf32>'}}
  %y = braid.selective_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    : (tensor<?x0xf32>, tensor<?x12xf32>, tensor<?x5xf32>, tensor<?x5xf32>, tensor<12x5xf32>, tensor<12xf32>, tensor<12xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

// expected-note@+1 {{declared as recurrent : 'tensor<5x12xf32>'}}
braid.state @ssm recurrent : tensor<5x12xf32>
func.func @selective_scan_state(%x: tensor<?x12xf32>, %dt: tensor<?x12xf32>, %b: tensor<?x5xf32>, %c: tensor<?x5xf32>,
    %a: tensor<12x5xf32>, %d: tensor<12xf32>, %bias: tensor<12xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.selective_scan' op expects state @ssm to be recurrent of shape [12, 5]}}
  %y = braid.selective_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows) state(@ssm)
    : (tensor<?x12xf32>, tensor<?x12xf32>, tensor<?x5xf32>, tensor<?x5xf32>, tensor<12x5xf32>, tensor<12xf32>, tensor<12xf32>,
       !braid.rows<segment>) -> tensor<?x12xf32>
  return
}

// -----

func.func @attention_c1_q(%q: tensor<?x24xf32>, %k: tensor<?x16xf32>, %v: tensor<?x16xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.attention' op expects q to be [?, 32], found 'tensor<?x24xf32>'}}
  %y = braid.attention %q, %k, %v rows(%rows)
    {heads = 4 : i64, kv_heads = 2 : i64, head_dim = 8 : i64, scale = 0.125 : f64}
    : (tensor<?x24xf32>, tensor<?x16xf32>, tensor<?x16xf32>, !braid.rows<segment>) -> tensor<?x32xf32>
  return
}

// -----

func.func @attention_c1_k(%q: tensor<?x32xf32>, %k: tensor<?x24xf32>, %v: tensor<?x16xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.attention' op expects k to be [?, 16], found 'tensor<?x24xf32>'}}
  %y = braid.attention %q, %k, %v rows(%rows)
    {heads = 4 : i64, kv_heads = 2 : i64, head_dim = 8 : i64, scale = 0.125 : f64}
    : (tensor<?x32xf32>, tensor<?x24xf32>, tensor<?x16xf32>, !braid.rows<segment>) -> tensor<?x32xf32>
  return
}

// -----

func.func @attention_c1_v(%q: tensor<?x32xf32>, %k: tensor<?x16xf32>, %v: tensor<?x24xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.attention' op expects v to be [?, 16], found 'tensor<?x24xf32>'}}
  %y = braid.attention %q, %k, %v rows(%rows)
    {heads = 4 : i64, kv_heads = 2 : i64, head_dim = 8 : i64, scale = 0.125 : f64}
    : (tensor<?x32xf32>, tensor<?x16xf32>, tensor<?x24xf32>, !braid.rows<segment>) -> tensor<?x32xf32>
  return
}

// -----

func.func @attention_c1_result(%q: tensor<?x32xf32>, %k: tensor<?x16xf32>, %v: tensor<?x16xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.attention' op expects the result to be [?, 32], found 'tensor<?x16xf32>'}}
  %y = braid.attention %q, %k, %v rows(%rows)
    {heads = 4 : i64, kv_heads = 2 : i64, head_dim = 8 : i64, scale = 0.125 : f64}
    : (tensor<?x32xf32>, tensor<?x16xf32>, tensor<?x16xf32>, !braid.rows<segment>) -> tensor<?x16xf32>
  return
}

// -----

func.func @attention_c2_heads(%q: tensor<?x32xf32>, %k: tensor<?x16xf32>, %v: tensor<?x16xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.attention' op expects heads to be positive and below 2^31, found 0}}
  %y = braid.attention %q, %k, %v rows(%rows)
    {heads = 0 : i64, kv_heads = 2 : i64, head_dim = 8 : i64, scale = 0.125 : f64}
    : (tensor<?x32xf32>, tensor<?x16xf32>, tensor<?x16xf32>, !braid.rows<segment>) -> tensor<?x32xf32>
  return
}

// -----

func.func @attention_c2_kv_heads(%q: tensor<?x32xf32>, %k: tensor<?x16xf32>, %v: tensor<?x16xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.attention' op expects kv_heads to be positive and below 2^31, found 0}}
  %y = braid.attention %q, %k, %v rows(%rows)
    {heads = 4 : i64, kv_heads = 0 : i64, head_dim = 8 : i64, scale = 0.125 : f64}
    : (tensor<?x32xf32>, tensor<?x16xf32>, tensor<?x16xf32>, !braid.rows<segment>) -> tensor<?x32xf32>
  return
}

// -----

func.func @attention_c2_head_dim(%q: tensor<?x32xf32>, %k: tensor<?x16xf32>, %v: tensor<?x16xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.attention' op expects head_dim to be positive and below 2^31, found 0}}
  %y = braid.attention %q, %k, %v rows(%rows)
    {heads = 4 : i64, kv_heads = 2 : i64, head_dim = 0 : i64, scale = 0.125 : f64}
    : (tensor<?x32xf32>, tensor<?x16xf32>, tensor<?x16xf32>, !braid.rows<segment>) -> tensor<?x32xf32>
  return
}

// -----

func.func @attention_c2_divides(%q: tensor<?x32xf32>, %k: tensor<?x16xf32>, %v: tensor<?x16xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.attention' op expects kv_heads to divide 4 heads, found 3}}
  %y = braid.attention %q, %k, %v rows(%rows)
    {heads = 4 : i64, kv_heads = 3 : i64, head_dim = 8 : i64, scale = 0.125 : f64}
    : (tensor<?x32xf32>, tensor<?x16xf32>, tensor<?x16xf32>, !braid.rows<segment>) -> tensor<?x32xf32>
  return
}

// -----

braid.state @key kv : tensor<?x2x8xf32>
func.func @attention_c3(%q: tensor<?x32xf32>, %k: tensor<?x16xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.attention' op expects key and value states together, found one of them}}
  %y = "braid.attention"(%q, %k, %k, %rows) {key_state = @key, heads = 4 : i64, kv_heads = 2 : i64, head_dim = 8 : i64, scale = 1.0 : f64}
    : (tensor<?x32xf32>, tensor<?x16xf32>, tensor<?x16xf32>, !braid.rows<segment>) -> tensor<?x32xf32>
  return
}

// -----

braid.state @key kv : tensor<?x2x8xf32>
// expected-note@+1 {{declared as kv : 'tensor<?x8x2xf32>'}}
braid.state @value kv : tensor<?x8x2xf32>
func.func @attention_state(%q: tensor<?x32xf32>, %k: tensor<?x16xf32>, %v: tensor<?x16xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.attention' op expects state @value to be kv of shape [?, 2, 8]}}
  %y = braid.attention %q, %k, %v rows(%rows) state(@key, @value)
    {heads = 4 : i64, kv_heads = 2 : i64, head_dim = 8 : i64, scale = 0.125 : f64}
    : (tensor<?x32xf32>, tensor<?x16xf32>, tensor<?x16xf32>, !braid.rows<segment>) -> tensor<?x32xf32>
  return
}

// -----

func.func @last_token_c1_shape(%x: tensor<?x4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.last_token' op expects the result to be [?, 4], found 'tensor<?x5xf32, #braid.per_row>'}}
  %y = braid.last_token %x rows(%rows) : (tensor<?x4xf32>, !braid.rows<segment>) -> tensor<?x5xf32, #braid.per_row>
  return
}

// -----

func.func @last_token_c1_encoding(%x: tensor<?x4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.last_token' op expects a tensor by token and one by row of the same element type, found 'tensor<?x4xf32>' and 'tensor<?x4xf32>'}}
  %y = braid.last_token %x rows(%rows) : (tensor<?x4xf32>, !braid.rows<segment>) -> tensor<?x4xf32>
  return
}

// -----

func.func @last_token_c1_type(%x: tensor<?x4xf32>, %rows: !braid.rows<segment>) {
  // expected-error@+1 {{'braid.last_token' op expects a tensor by token and one by row of the same element type, found 'tensor<?x4xf32>' and 'tensor<?x4xbf16, #braid.per_row>'}}
  %y = braid.last_token %x rows(%rows) : (tensor<?x4xf32>, !braid.rows<segment>) -> tensor<?x4xbf16, #braid.per_row>
  return
}

// -----

func.func @attention_c4(%q: tensor<?x512xbf16>, %kv: tensor<?x128xbf16>, %rows: !braid.rows<segment>) -> tensor<?x512xbf16> {
  // expected-error @+1 {{'braid.attention' op expects log_sum_exp of 'f32', found 'bf16'}}
  %y:2 = braid.attention %q, %kv, %kv rows(%rows) {heads = 8 : i64, kv_heads = 2 : i64, head_dim = 64 : i64, scale = 0.125 : f64}
    : (tensor<?x512xbf16>, tensor<?x128xbf16>, tensor<?x128xbf16>, !braid.rows<segment>) -> (tensor<?x512xbf16>, tensor<?x8xbf16>)
  return %y#0 : tensor<?x512xbf16>
}
