// Two query heads share one of keys and values.
braid.state @key kv : tensor<?x1x64xbf16>
braid.state @value kv : tensor<?x1x64xbf16>
func.func @attention(%q: tensor<?x128xbf16>, %k: tensor<?x64xbf16>, %v: tensor<?x64xbf16>, %rows: !braid.rows<segment>)
    -> tensor<?x128xbf16> {
  %y = braid.attention %q, %k, %v rows(%rows) state(@key, @value)
    {heads = 2 : i64, kv_heads = 1 : i64, head_dim = 64 : i64, scale = 0.125 : f64}
    : (tensor<?x128xbf16>, tensor<?x64xbf16>, tensor<?x64xbf16>, !braid.rows<segment>) -> tensor<?x128xbf16>
  return %y : tensor<?x128xbf16>
}
