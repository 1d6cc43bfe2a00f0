tile.kernel @attention(%q: !tile.view<?x64xf32>) attributes {
    tile.config = #tile.attention_config<queries = 128, keys = 128, stages = 2, groups = 2, raster = 128>} {
  tile.return
}
