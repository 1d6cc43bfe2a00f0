host.program @decode logits rows ragged step {
  %n = host.size longest_row
  %start = host.array row_start : !tile.view<?xi64>
  %w = host.weight @w : !tile.view<64x512xbf16>
  %s = host.state @ssm : !tile.view<?x4x16x16xf32>
  %p = host.buffer tokens at 0 : !tile.view<?x16xbf16>
}
