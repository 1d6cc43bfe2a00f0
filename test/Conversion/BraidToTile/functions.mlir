// RUN: braid-opt %s --braid-fuse --convert-braid-to-tile | FileCheck %s

// Arguments are named in order, read or not; what is returned is written where the caller wants it.
// CHECK-LABEL: host.program @two {
// CHECK: %[[X:.*]] = host.argument 0 tokens : <?x8xf32>
// CHECK: host.argument 1 fixed : <3xf32>
// CHECK: %[[Y:.*]] = host.result 0 tokens : <?x8xf32>
// CHECK: %[[Z:.*]] = host.result 1 tokens : <?x8xf32>
// CHECK: host.launch @elementwise_0 {{.*}}(%[[X]], %[[Y]])
// CHECK: host.launch @elementwise_1 {{.*}}(%[[Y]], %[[Z]])
func.func @two(%x: tensor<?x8xf32>, %unused: tensor<3xf32>) -> (tensor<?x8xf32>, tensor<?x8xf32>) {
  %0 = braid.activation <silu> %x : tensor<?x8xf32>
  %1 = braid.activation <relu> %0 : tensor<?x8xf32>
  return %0, %1 : tensor<?x8xf32>, tensor<?x8xf32>
}

// The caller sees the weight's shape, the kernel its view.
// CHECK-LABEL: host.program @conv ragged step {
// CHECK: %[[W:.*]] = host.argument 1 fixed : <8x1x4xf32>
// CHECK: host.view %[[W]] from 0 : <8x1x4xf32> -> <8x4xf32>
func.func @conv(%x: tensor<?x8xf32>, %w: tensor<8x1x4xf32>, %rows: !braid.rows<step>) -> tensor<?x8xf32> {
  %0 = braid.causal_conv1d <none> %x, %w rows(%rows)
    : (tensor<?x8xf32>, tensor<8x1x4xf32>, !braid.rows<step>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// A model's entry reads token ids and writes logits instead.
// CHECK-LABEL: host.program @decode logits rows ragged step {
// CHECK: host.array tokens
// CHECK: host.array logits
// CHECK-NOT: host.argument
func.func @decode(%tokens: tensor<?xi32> {braid.tokens}, %rows: !braid.rows<step>) -> (tensor<?x8xf32> {braid.logits}) {
  %table = braid.get_weight @table : tensor<4x8xf32>
  %0 = braid.embedding %table, %tokens : (tensor<4x8xf32>, tensor<?xi32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
braid.weight @table : tensor<4x8xf32> init {kind = "constant", value = 1.0 : f64}

// Columns that begin at no multiple of 16 bytes: the kernel of the second two knows.
// CHECK-LABEL: host.program @columns {
// CHECK: host.launch @elementwise_[[EVEN:[0-9]+]]
// CHECK: host.launch @elementwise_[[ODD:[0-9]+]]
// CHECK: tile.kernel @elementwise_[[EVEN]]({{.*}} attributes {tile.grid
// CHECK-NOT: tile.unaligned
// CHECK: tile.kernel @elementwise_[[ODD]]({{.*}} attributes {{{.*}}tile.unaligned = array<i64: 0>}
func.func @columns(%x: tensor<?x8xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>) {
  %0 = braid.columns %x from 4 : (tensor<?x8xf32>) -> tensor<?x2xf32>
  %1 = braid.columns %x from 3 : (tensor<?x8xf32>) -> tensor<?x2xf32>
  %2 = braid.activation <silu> %0 : tensor<?x2xf32>
  %3 = braid.activation <silu> %1 : tensor<?x2xf32>
  return %2, %3 : tensor<?x2xf32>, tensor<?x2xf32>
}
