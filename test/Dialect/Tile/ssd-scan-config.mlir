// RUN: braid-opt %s --split-input-file --verify-diagnostics | FileCheck %s

// CHECK: tile.kernel @defaults
// CHECK-SAME: tile.config = #tile.ssd_scan_config<chunk = 128>
tile.kernel @defaults() attributes {tile.config = #tile.ssd_scan_config<chunk = 128>} {
  tile.return
}
// CHECK: #tile.ssd_scan_config<chunk = 64, block = 16, segments = 4, stages = 4, heads = 2>
tile.kernel @all() attributes {tile.config = #tile.ssd_scan_config<chunk = 64, block = 16, segments = 4, stages = 4, heads = 2>} {
  tile.return
}

// -----
// expected-error @+1 {{ssd_scan_config expects chunk 1 to 4096, found 0}}
module attributes {a = #tile.ssd_scan_config<chunk = 0>} {}

// -----
// expected-error @+1 {{ssd_scan_config expects segments 1 to 64, found 65}}
module attributes {a = #tile.ssd_scan_config<chunk = 64, segments = 65>} {}

// -----
// expected-error @+1 {{ssd_scan_config expects stages 1 to 16, found 17}}
module attributes {a = #tile.ssd_scan_config<chunk = 64, stages = 17>} {}

// -----
// expected-error @+1 {{ssd_scan_config expects heads 1 to 2, found 3}}
module attributes {a = #tile.ssd_scan_config<chunk = 64, heads = 3>} {}

// -----
// expected-error @+1 {{ssd_scan_config expects block to be 0 or to divide 64, found 48}}
module attributes {a = #tile.ssd_scan_config<chunk = 64, block = 48>} {}

// -----
// expected-error @+1 {{ssd_scan_config expects block to be 0 or to divide 64, found -16}}
module attributes {a = #tile.ssd_scan_config<chunk = 64, block = -16>} {}
