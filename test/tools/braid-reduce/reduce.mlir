// The module fails a phase because of one op; what has no part in that goes. The script says 1 where the fault shows.
// RUN: echo '#!/bin/sh' > %t.sh
// RUN: echo "braid-opt \"\$1\" --convert-braid-to-tile 2>&1 | grep -q \"'braid.gate' op is outside a fused region\" && exit 1" >> %t.sh
// RUN: echo 'exit 0' >> %t.sh
// RUN: chmod +x %t.sh
// RUN: braid-reduce %s --reduction-tree='traversal-mode=0 test=%t.sh' 2> %t.log | FileCheck %s

// CHECK-NOT: braid.weight
// CHECK: func.func @gated
// CHECK-NEXT: braid.gate
// CHECK-NOT: @residual
// CHECK-NOT: @last
braid.weight @w : tensor<8xf32> init {kind = "constant", value = 1.0 : f64}
func.func @gated(%x: tensor<?x8xf32>, %y: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = braid.gate <silu> %x, %y : tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
func.func @residual(%a: tensor<?x8xf32>, %b: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = braid.add %a, %b : (tensor<?x8xf32>, tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
func.func @last(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %0 = braid.activation <relu> %x : tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
