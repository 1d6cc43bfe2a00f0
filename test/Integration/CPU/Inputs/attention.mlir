// Attention with the logarithm of each query's sum of exponentials.
module {
  braid.state @key kv : tensor<?x1x64xf32>
  braid.state @value kv : tensor<?x1x64xf32>
  braid.state @key2 kv : tensor<?x1x256xf32>
  braid.state @value2 kv : tensor<?x1x256xf32>
  func.func @attention64(%q: tensor<?x128xf32>, %k: tensor<?x64xf32>, %v: tensor<?x64xf32>, %rows: !braid.rows<segment>)
      -> (tensor<?x128xf32>, tensor<?x2xf32>) {
    %y:2 = braid.attention %q, %k, %v rows(%rows) state(@key, @value)
      {heads = 2 : i64, kv_heads = 1 : i64, head_dim = 64 : i64, scale = 0.125 : f64}
      : (tensor<?x128xf32>, tensor<?x64xf32>, tensor<?x64xf32>, !braid.rows<segment>) -> (tensor<?x128xf32>, tensor<?x2xf32>)
    return %y#0, %y#1 : tensor<?x128xf32>, tensor<?x2xf32>
  }
  func.func @attention256(%q: tensor<?x512xf32>, %k: tensor<?x256xf32>, %v: tensor<?x256xf32>, %rows: !braid.rows<segment>)
      -> (tensor<?x512xf32>, tensor<?x2xf32>) {
    %y:2 = braid.attention %q, %k, %v rows(%rows) state(@key2, @value2)
      {heads = 2 : i64, kv_heads = 1 : i64, head_dim = 256 : i64, scale = 0.0625 : f64}
      : (tensor<?x512xf32>, tensor<?x256xf32>, tensor<?x256xf32>, !braid.rows<segment>) -> (tensor<?x512xf32>, tensor<?x2xf32>)
    return %y#0, %y#1 : tensor<?x512xf32>, tensor<?x2xf32>
  }
}
