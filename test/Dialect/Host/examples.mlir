// The example of every op's documentation parses, verifies and prints what parses again.
// RUN: braid-opt %s | braid-opt | FileCheck %s
// RUN: braid-opt %s --mlir-print-op-generic | braid-opt | FileCheck %s
// RUN: %python %S/../Inputs/examples_in.py %s %braid_include/Dialect/Host/IR/HostOps.td

tile.kernel @scale(%x: !tile.view<?x16xbf16>, %y: !tile.view<?x16xbf16>) {
  tile.return
}

// CHECK: host.program @decode logits rows ragged step {
// CHECK: host.size longest_row
// CHECK: host.array row_start : <?xi64>
// CHECK: host.weight @w : <64x512xbf16>
// CHECK: host.state @ssm : <?x4x16x16xf32>
// CHECK: host.buffer tokens at 0 : <?x16xbf16>
host.program @decode logits rows ragged step {
  %n = host.size longest_row
  %start = host.array row_start : !tile.view<?xi64>
  %w = host.weight @w : !tile.view<64x512xbf16>
  %s = host.state @ssm : !tile.view<?x4x16x16xf32>
  %p = host.buffer tokens at 0 : !tile.view<?x16xbf16>
}

// CHECK: host.program @planned logits tokens arena [64, 0, 0] {
// CHECK: host.view %{{.*}} from 0 : <?x18560xbf16> -> <?x8192xbf16, strides [18560, 1]>
// CHECK: host.view %{{.*}} from 0 run 4 : <?x18560xbf16> -> <?x10x7424xbf16, strides [18560, 7424, 1]>
// CHECK: host.launch @scale grid(%{{.*}}) (%{{.*}}, %{{.*}}) flops [16, 0, 0, 0] bytes [64, 0, 0, 0] : !tile.view<?x16xbf16>, !tile.view<?x16xbf16>
host.program @planned logits tokens arena [64, 0, 0] {
  %n = host.size tokens
  %p = host.buffer tokens : !tile.view<?x18560xbf16>
  %z = host.view %p from 0 : !tile.view<?x18560xbf16> -> !tile.view<?x8192xbf16, strides [18560, 1]>
  %s = host.view %p from 0 run 4 : !tile.view<?x18560xbf16> -> !tile.view<?x10x7424xbf16, strides [18560, 7424, 1]>
  %x = host.buffer rows : !tile.view<?x16xbf16>
  %y = host.array logits : !tile.view<?x16xbf16>
  host.launch @scale grid(%n) (%x, %y) flops [16, 0, 0, 0] bytes [64, 0, 0, 0] : !tile.view<?x16xbf16>, !tile.view<?x16xbf16>
}

// CHECK: host.program @linear {
// CHECK: host.argument 0 tokens : <?x4096xbf16>
// CHECK: host.result 0 tokens : <?x1024xbf16>
host.program @linear {
  %x = host.argument 0 tokens : !tile.view<?x4096xbf16>
  %y = host.result 0 tokens : !tile.view<?x1024xbf16>
}
