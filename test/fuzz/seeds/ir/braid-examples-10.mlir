braid.state @"layers.0.conv" conv_tail : tensor<3x1152xbf16>
func.func @causal_conv1d(%x: tensor<?x1152xbf16>, %w: tensor<1152x1x4xbf16>, %b: tensor<1152xbf16>, %rows: !braid.rows<segment>) {
  %y = braid.causal_conv1d <silu> %x, %w bias(%b) rows(%rows) state(@"layers.0.conv")
     : (tensor<?x1152xbf16>, tensor<1152x1x4xbf16>, tensor<1152xbf16>, !braid.rows<segment>) -> tensor<?x1152xbf16>
  return
}
