// RUN: braid-opt %s --convert-braid-to-tile --split-input-file --verify-diagnostics -o /dev/null

// What is legal in the model's dialect and has no kernel is an error at the op.

func.func @attention(%tokens: tensor<?xi32>, %rows: !braid.rows<segment>) -> tensor<?x8xf32> {
  %w = braid.get_weight @w : tensor<9x8xf32>
  %x = braid.fused(%t = %w, %i = %tokens) : (tensor<9x8xf32>, tensor<?xi32>) -> tensor<?x8xf32> {
    %0 = braid.embedding %t, %i : (tensor<9x8xf32>, tensor<?xi32>) -> tensor<?x8xf32>
    braid.yield %0 : tensor<?x8xf32>
  }
  %y = braid.fused(%q = %x, %r = %rows) : (tensor<?x8xf32>, !braid.rows<segment>) -> tensor<?x8xf32> {
    // expected-error@+1 {{'braid.attention' op expects key and value states to lower it, found none}}
    %0 = braid.attention %q, %q, %q rows(%r) {heads = 1 : i64, kv_heads = 1 : i64, head_dim = 8 : i64, scale = 1.0 : f64}
      : (tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, !braid.rows<segment>) -> tensor<?x8xf32>
    braid.yield %0 : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}
braid.weight @w : tensor<9x8xf32> init {kind = "constant", value = 0.0 : f64}

// -----

func.func @rope(%tokens: tensor<?xi32>, %rows: !braid.rows<segment>, %at: tensor<?xi64>) -> tensor<?x8xf32> {
  %w = braid.get_weight @w : tensor<9x8xf32>
  %x = braid.fused(%t = %w, %i = %tokens) : (tensor<9x8xf32>, tensor<?xi32>) -> tensor<?x8xf32> {
    %0 = braid.embedding %t, %i : (tensor<9x8xf32>, tensor<?xi32>) -> tensor<?x8xf32>
    braid.yield %0 : tensor<?x8xf32>
  }
  %y = braid.fused(%q = %x, %i = %at) : (tensor<?x8xf32>, tensor<?xi64>) -> tensor<?x8xf32> {
    // expected-error@+1 {{'braid.rope' op expects the positions of braid.positions to lower it, found others}}
    %0 = braid.rope %q, %i {base = 1.0e4 : f64, head_dim = 8 : i64, rotary_dim = 8 : i64}
      : (tensor<?x8xf32>, tensor<?xi64>) -> tensor<?x8xf32>
    braid.yield %0 : tensor<?x8xf32>
  }
  return %y : tensor<?x8xf32>
}
braid.weight @w : tensor<9x8xf32> init {kind = "constant", value = 0.0 : f64}
