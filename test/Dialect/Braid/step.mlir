// RUN: braid-opt %s --test-build-step --split-input-file | FileCheck %s

// The tail shifts by one, the newest input last; every tap meets one row of the joined window.
// CHECK-LABEL: func.func @step_0(%arg0: tensor<3x6xbf16>, %arg1: tensor<6xbf16>
// CHECK: %[[WINDOW:.*]] = braid.concat {{.*}} -> tensor<4x6xf32>
// CHECK: %[[TAIL:.*]] = braid.slice %[[WINDOW]] {dim = 0 : i64, from = 1 : i64, to = 4 : i64}
// CHECK: %[[KEPT:.*]] = braid.convert %[[TAIL]]
// CHECK: braid.reduce
// CHECK: return %[[KEPT]], %{{.*}} : tensor<3x6xbf16>, tensor<6xbf16>
func.func @conv(%x: tensor<?x6xbf16>, %w: tensor<6x1x4xbf16>, %b: tensor<6xbf16>, %rows: !braid.rows<segment>) -> tensor<?x6xbf16> {
  %y = braid.causal_conv1d <silu> %x, %w bias(%b) rows(%rows)
    : (tensor<?x6xbf16>, tensor<6x1x4xbf16>, tensor<6xbf16>, !braid.rows<segment>) -> tensor<?x6xbf16>
  return %y : tensor<?x6xbf16>
}

// -----

// S <- exp(dt a) S + dt x (outer) b, and the output reads the new state.
// CHECK-LABEL: func.func @step_0(%arg0: tensor<4x3x5xf32>
// CHECK: math.log1p
// CHECK: %[[OLD:.*]] = arith.mulf %{{.*}}, %arg0 : tensor<4x3x5xf32>
// CHECK: %[[NEW:.*]] = arith.addf %[[OLD]], %{{.*}} : tensor<4x3x5xf32>
// CHECK: braid.contract %[[NEW]], %{{.*}} -> tensor<4x3xf32>
// CHECK: return %[[NEW]], %{{.*}} : tensor<4x3x5xf32>, tensor<12xbf16>
func.func @ssd(%x: tensor<?x12xbf16>, %dt: tensor<?x4xbf16>, %b: tensor<?x10xbf16>, %c: tensor<?x10xbf16>,
               %a: tensor<4xf32>, %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) -> tensor<?x12xbf16> {
  %y = braid.ssd_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    {heads = 4 : i64, head_dim = 3 : i64, groups = 2 : i64, state_size = 5 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x12xbf16>, tensor<?x4xbf16>, tensor<?x10xbf16>, tensor<?x10xbf16>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x12xbf16>
  return %y : tensor<?x12xbf16>
}

// -----

// Every channel and state decays by itself, and the output reads the new state.
// CHECK-LABEL: func.func @step_0(%arg0: tensor<4x5xf32>
// CHECK: math.log1p
// CHECK: %[[DECAY:.*]] = math.exp %{{.*}} : tensor<4x5xf32>
// CHECK: %[[OLD:.*]] = arith.mulf %[[DECAY]], %arg0 : tensor<4x5xf32>
// CHECK: %[[NEW:.*]] = arith.addf %[[OLD]], %{{.*}} : tensor<4x5xf32>
// CHECK: arith.mulf %[[NEW]], %{{.*}} : tensor<4x5xf32>
// CHECK: return %[[NEW]], %{{.*}} : tensor<4x5xf32>, tensor<4xbf16>
func.func @selective(%x: tensor<?x4xbf16>, %dt: tensor<?x4xbf16>, %b: tensor<?x5xbf16>, %c: tensor<?x5xbf16>,
                     %a: tensor<4x5xf32>, %d: tensor<4xf32>, %bias: tensor<4xf32>, %rows: !braid.rows<segment>) -> tensor<?x4xbf16> {
  %y = braid.selective_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    : (tensor<?x4xbf16>, tensor<?x4xbf16>, tensor<?x5xbf16>, tensor<?x5xbf16>, tensor<4x5xf32>, tensor<4xf32>, tensor<4xf32>,
       !braid.rows<segment>) -> tensor<?x4xbf16>
  return %y : tensor<?x4xbf16>
}

// -----

// Keys and values grow by one entry.
// CHECK-LABEL: func.func @step_0(%arg0: tensor<?x2x8xbf16>, %arg1: tensor<?x2x8xbf16>
// CHECK: braid.concat %arg0, %{{.*}} -> tensor<?x2x8xbf16>
// CHECK: return %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x2x8xbf16>, tensor<?x2x8xbf16>, tensor<32xbf16>
braid.state @key kv : tensor<?x2x8xbf16>
braid.state @value kv : tensor<?x2x8xbf16>
func.func @attention(%q: tensor<?x32xbf16>, %k: tensor<?x16xbf16>, %v: tensor<?x16xbf16>, %rows: !braid.rows<segment>) -> tensor<?x32xbf16> {
  %y = braid.attention %q, %k, %v rows(%rows) state(@key, @value)
    {heads = 4 : i64, kv_heads = 2 : i64, head_dim = 8 : i64, scale = 0.125 : f64}
    : (tensor<?x32xbf16>, tensor<?x16xbf16>, tensor<?x16xbf16>, !braid.rows<segment>) -> tensor<?x32xbf16>
  return %y : tensor<?x32xbf16>
}
