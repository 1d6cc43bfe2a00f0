// RUN: braid-opt %s --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: tile.kernel @defaults
// CHECK-SAME: tile.config = #tile.attention_config<queries = 64, keys = 128>
tile.kernel @defaults() attributes {tile.config = #tile.attention_config<queries = 64, keys = 128>} {
  tile.return
}
// CHECK: #tile.attention_config<queries = 128, keys = 64, stages = 2, groups = 2, raster = 128>
tile.kernel @all() attributes {tile.config = #tile.attention_config<queries = 128, keys = 64, stages = 2, groups = 2, raster = 128>} {
  tile.return
}

// -----
// expected-error @+1 {{attention_config expects queries 1 to 4096, found 0}}
module attributes {a = #tile.attention_config<queries = 0, keys = 128>} {}

// -----
// expected-error @+1 {{attention_config expects keys 1 to 4096, found 4097}}
module attributes {a = #tile.attention_config<queries = 64, keys = 4097>} {}

// -----
// expected-error @+1 {{attention_config expects stages 1 to 16, found 17}}
module attributes {a = #tile.attention_config<queries = 64, keys = 128, stages = 17>} {}

// -----
// expected-error @+1 {{attention_config expects groups 1 to 8, found 0}}
module attributes {a = #tile.attention_config<queries = 64, keys = 128, groups = 0>} {}

// -----
// expected-error @+1 {{attention_config expects raster 1 to 65536, found 0}}
module attributes {a = #tile.attention_config<queries = 64, keys = 128, raster = 0>} {}
