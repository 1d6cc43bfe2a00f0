func.func @rows(%x: tensor<?x512xbf16>, %rows: !braid.rows<segment>) {
  %pos = braid.positions %rows : (!braid.rows<segment>) -> tensor<?xi64>
  %last = braid.last_token %x rows(%rows)
    : (tensor<?x512xbf16>, !braid.rows<segment>) -> tensor<?x512xbf16, #braid.per_row>
  %y = braid.rope %x, %pos {base = 1.0e4 : f64, head_dim = 64 : i64, rotary_dim = 64 : i64}
     : (tensor<?x512xbf16>, tensor<?xi64>) -> tensor<?x512xbf16>
  return
}
