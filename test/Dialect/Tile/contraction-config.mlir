// RUN: braid-opt %s --split-input-file --verify-diagnostics | FileCheck %s

// CHECK: tile.kernel @defaults
// CHECK-SAME: tile.config = #tile.contraction_config<rows = 32, columns = 48, depth = 64>
tile.kernel @defaults() attributes {tile.config = #tile.contraction_config<rows = 32, columns = 48, depth = 64>} {
  tile.return
}
// CHECK: #tile.contraction_config<rows = 4, columns = 48, depth = 64, regime = streaming, stages = 4, groups = 2, raster = 16, cluster = 2>
tile.kernel @all() attributes {tile.config = #tile.contraction_config<rows = 4, columns = 48, depth = 64, regime = streaming, stages = 4, groups = 2, raster = 16, cluster = 2>} {
  tile.return
}

// -----
// expected-error @+1 {{contraction_config expects rows 1 to 4096, found 0}}
module attributes {a = #tile.contraction_config<rows = 0, columns = 48, depth = 64>} {}

// -----
// expected-error @+1 {{contraction_config expects columns 1 to 4096, found 4097}}
module attributes {a = #tile.contraction_config<rows = 1, columns = 4097, depth = 64>} {}

// -----
// expected-error @+1 {{contraction_config expects an even depth, found 33}}
module attributes {a = #tile.contraction_config<rows = 1, columns = 8, depth = 33>} {}

// -----
// expected-error @+1 {{contraction_config expects stages 1 to 16, found 0}}
module attributes {a = #tile.contraction_config<rows = 1, columns = 8, depth = 32, stages = 0>} {}

// -----
// expected-error @+1 {{contraction_config expects groups 1 to 8, found 9}}
module attributes {a = #tile.contraction_config<rows = 1, columns = 8, depth = 32, groups = 9>} {}

// -----
// expected-error @+1 {{contraction_config expects raster 1 to 1024, found -1}}
module attributes {a = #tile.contraction_config<rows = 1, columns = 8, depth = 32, raster = -1>} {}

// -----
// expected-error @+1 {{contraction_config expects a cluster of 1, 2, 4 or 8, found 3}}
module attributes {a = #tile.contraction_config<rows = 1, columns = 8, depth = 32, cluster = 3>} {}

// -----
// expected-error @+1 {{schedule expects a cluster of 1, 2, 4 or 8, found 16}}
module attributes {a = #tile.schedule<warps = 12, persistent = true, cluster = 16>} {}

// -----
// expected-error @+1 {{schedule expects persistent blocks in clusters, found others}}
module attributes {a = #tile.schedule<warps = 12, persistent = false, cluster = 2>} {}
