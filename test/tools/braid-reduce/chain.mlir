// Links of a chain that the fault does not need go too: their readers read what they read.
// RUN: echo '#!/bin/sh' > %t.sh
// RUN: echo "braid-opt \"\$1\" --convert-braid-to-tile 2>&1 | grep -q \"'braid.linear' op is outside a fused region\" && exit 1" >> %t.sh
// RUN: echo 'exit 0' >> %t.sh
// RUN: chmod +x %t.sh
// RUN: braid-reduce %s --reduction-tree='traversal-mode=0 test=%t.sh' 2> %t.log | FileCheck %s

// CHECK: func.func @f
// CHECK-NEXT: %[[Y:.*]] = braid.linear %arg0
// CHECK-NEXT: return %[[Y]]
func.func @f(%x: tensor<?x8xf32>, %w: tensor<6x8xf32>, %n: tensor<6xf32>) -> tensor<?x6xf32> {
  %0 = braid.linear %x, %w : (tensor<?x8xf32>, tensor<6x8xf32>) -> tensor<?x6xf32>
  %1 = braid.rms_norm %0, %n {eps = 1.0e-5 : f64} : (tensor<?x6xf32>, tensor<6xf32>) -> tensor<?x6xf32>
  %2 = braid.activation <silu> %1 : tensor<?x6xf32>
  %3 = braid.gate <relu> %0, %2 : tensor<?x6xf32>
  return %3 : tensor<?x6xf32>
}
