braid.state @"layers.7.key" kv : tensor<?x2x64xbf16>
braid.state @"layers.7.value" kv : tensor<?x2x64xbf16>
func.func @attention(%q: tensor<?x512xbf16>, %k: tensor<?x128xbf16>, %v: tensor<?x128xbf16>, %rows: !braid.rows<segment>) {
  %y = braid.attention %q, %k, %v rows(%rows) state(@"layers.7.key", @"layers.7.value")
     {heads = 8 : i64, kv_heads = 2 : i64, head_dim = 64 : i64, scale = 0.125 : f64}
     : (tensor<?x512xbf16>, tensor<?x128xbf16>, tensor<?x128xbf16>, !braid.rows<segment>) -> tensor<?x512xbf16>
  return
}
