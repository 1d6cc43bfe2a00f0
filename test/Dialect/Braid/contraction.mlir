// RUN: braid-opt %s --split-input-file --verify-diagnostics | braid-opt --split-input-file | FileCheck %s
// RUN: braid-opt %s --split-input-file --verify-diagnostics --test-decompose | FileCheck %s --check-prefix=MEANING

// CHECK-LABEL: func.func @forms
// MEANING-LABEL: func.func @forms
func.func @forms(%x: tensor<?x512xbf16>, %dy: tensor<?x64xbf16>, %w: tensor<64x512xbf16>)
    -> (tensor<?x512xbf16>, tensor<64x512xf32>) {
  // CHECK: braid.linear_input_gradient %{{.*}}, %{{.*}} : (tensor<?x64xbf16>, tensor<64x512xbf16>) -> tensor<?x512xbf16>
  // MEANING: braid.transpose %{{.*}} : (tensor<64x512xf32>) -> tensor<512x64xf32>
  // MEANING: braid.contract %{{.*}} : (tensor<?x64xf32>, tensor<512x64xf32>) -> tensor<?x512xf32>
  %dx = braid.linear_input_gradient %dy, %w : (tensor<?x64xbf16>, tensor<64x512xbf16>) -> tensor<?x512xbf16>
  // CHECK: braid.linear_weight_gradient %{{.*}}, %{{.*}} : (tensor<?x64xbf16>, tensor<?x512xbf16>) -> tensor<64x512xf32>
  // MEANING: braid.contract %{{.*}} : (tensor<64x?xf32>, tensor<512x?xf32>) -> tensor<64x512xf32>
  %dw = braid.linear_weight_gradient %dy, %x : (tensor<?x64xbf16>, tensor<?x512xbf16>) -> tensor<64x512xf32>
  return %dx, %dw : tensor<?x512xbf16>, tensor<64x512xf32>
}

// CHECK-LABEL: func.func @scale_rows
// MEANING-LABEL: func.func @scale_rows
func.func @scale_rows(%x: tensor<?x512xf32>, %s: tensor<?x1xf32>) -> tensor<?x512xbf16> {
  // MEANING: braid.broadcast %{{.*}} {dims = array<i64: 0>} : (tensor<?xf32>, tensor<?x512xf32>) -> tensor<?x512xf32>
  // CHECK: braid.scale_rows %{{.*}}, %{{.*}} : (tensor<?x512xf32>, tensor<?x1xf32>) -> tensor<?x512xbf16>
  %y = braid.scale_rows %x, %s : (tensor<?x512xf32>, tensor<?x1xf32>) -> tensor<?x512xbf16>
  return %y : tensor<?x512xbf16>
}

// -----
func.func @linear_input_gradient_c1(%dy: tensor<?x64xf32>, %w: tensor<63x512xf32>) -> tensor<?x512xf32> {
  // expected-error @+1 {{expects weight to be [64, 512], found 'tensor<63x512xf32>'}}
  %dx = braid.linear_input_gradient %dy, %w : (tensor<?x64xf32>, tensor<63x512xf32>) -> tensor<?x512xf32>
  return %dx : tensor<?x512xf32>
}

// -----
func.func @linear_weight_gradient_c1(%dy: tensor<?x64xf32>, %x: tensor<?x512xf32>) -> tensor<512x64xf32> {
  // expected-error @+1 {{expects the result to be [64, 512], found 'tensor<512x64xf32>'}}
  %dw = braid.linear_weight_gradient %dy, %x : (tensor<?x64xf32>, tensor<?x512xf32>) -> tensor<512x64xf32>
  return %dw : tensor<512x64xf32>
}

// -----
func.func @scale_rows_c1(%x: tensor<?x512xf32>, %s: tensor<?x2xf32>) -> tensor<?x512xf32> {
  // expected-error @+1 {{expects scale to be [?, 1], found 'tensor<?x2xf32>'}}
  %y = braid.scale_rows %x, %s : (tensor<?x512xf32>, tensor<?x2xf32>) -> tensor<?x512xf32>
  return %y : tensor<?x512xf32>
}
