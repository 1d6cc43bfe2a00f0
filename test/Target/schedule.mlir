// RUN: braid-opt %s --pass-pipeline='builtin.module(func.func(braid-schedule))' | FileCheck %s
// RUN: braid-opt %s --pass-pipeline='builtin.module(func.func(braid-schedule{rows=128 columns=256 depth=64}))' | FileCheck %s --check-prefix=ASKED
// RUN: not braid-opt %s --pass-pipeline='builtin.module(func.func(braid-schedule{depth=33}))' 2>&1 | FileCheck %s --check-prefix=ODD
// RUN: not braid-opt %s --convert-braid-to-tile 2>&1 | FileCheck %s --check-prefix=MISSING

// MISSING: 'braid.fused' op expects a #tile.contraction_config; run braid-schedule first
// ODD: contraction_config expects an even depth, found 33

// CHECK-LABEL: func.func @prefill
// ASKED-LABEL: func.func @prefill
func.func @prefill(%tokens: tensor<?xi32>, %rows: !braid.rows<segment>) -> tensor<?x512xf32> {
  %t = braid.get_weight @t : tensor<97x512xf32>
  %w = braid.get_weight @w : tensor<512x512xf32>
  %x = braid.fused(%a = %t, %b = %tokens) : (tensor<97x512xf32>, tensor<?xi32>) -> tensor<?x512xf32> {
    %0 = braid.embedding %a, %b : (tensor<97x512xf32>, tensor<?xi32>) -> tensor<?x512xf32>
    braid.yield %0 : tensor<?x512xf32>
  }
  // CHECK: braid.embedding
  // CHECK: config = #tile.contraction_config<rows = {{[0-9]+}}, columns = {{[0-9]+}}, depth = 256>
  // ASKED: config = #tile.contraction_config<rows = 128, columns = 256, depth = 64>
  %y = braid.fused(%a = %x, %b = %w) : (tensor<?x512xf32>, tensor<512x512xf32>) -> tensor<?x512xf32> {
    %0 = braid.linear %a, %b : (tensor<?x512xf32>, tensor<512x512xf32>) -> tensor<?x512xf32>
    braid.yield %0 : tensor<?x512xf32>
  }
  // A config that is there stays.
  // CHECK: config = #tile.contraction_config<rows = 7, columns = 5, depth = 10>
  // ASKED: config = #tile.contraction_config<rows = 7, columns = 5, depth = 10>
  %z = braid.fused(%a = %y, %b = %w) : (tensor<?x512xf32>, tensor<512x512xf32>) -> tensor<?x512xf32> attributes {config = #tile.contraction_config<rows = 7, columns = 5, depth = 10>} {
    %0 = braid.linear %a, %b : (tensor<?x512xf32>, tensor<512x512xf32>) -> tensor<?x512xf32>
    braid.yield %0 : tensor<?x512xf32>
  }
  return %z : tensor<?x512xf32>
}

// A step has few rows.
// CHECK-LABEL: func.func @decode
func.func @decode(%x: tensor<?x512xf32>, %rows: !braid.rows<step>, %w: tensor<512x512xf32>) -> tensor<?x512xf32> {
  // CHECK: regime = streaming
  %y = braid.fused(%a = %x, %b = %w) : (tensor<?x512xf32>, tensor<512x512xf32>) -> tensor<?x512xf32> {
    %0 = braid.linear %a, %b : (tensor<?x512xf32>, tensor<512x512xf32>) -> tensor<?x512xf32>
    braid.yield %0 : tensor<?x512xf32>
  }
  return %y : tensor<?x512xf32>
}
braid.weight @t : tensor<97x512xf32> init {kind = "constant", value = 0.0 : f64}
braid.weight @w : tensor<512x512xf32> init {kind = "constant", value = 0.0 : f64}
