tile.kernel @contraction(%x: !tile.view<?x64xf32>) attributes {
    tile.config = #tile.contraction_config<rows = 128, columns = 256, depth = 64, stages = 4, groups = 2, raster = 16>} {
  tile.return
}
