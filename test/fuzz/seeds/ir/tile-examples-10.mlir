tile.kernel @ssd_scan(%x: !tile.view<?x64xf32>) attributes {
    tile.config = #tile.ssd_scan_config<chunk = 64, segments = 4, stages = 4, heads = 2>} {
  tile.return
}
