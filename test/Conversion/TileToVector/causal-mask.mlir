// RUN: braid-opt %s --tile-schedule-cpu --convert-tile-to-vector --cse | FileCheck %s

// What a causal mask hides is not computed: not the blocks of the product that only the mask reads, not the vectors of the
// mask behind a row's last column, not the products with the zeros there. Products begin with zeros in registers.
// CHECK-LABEL: llvm.func @masked
// CHECK: %[[FIRST:.*]] = arith.index_cast %{{.*}} : i64 to index
// CHECK: %[[ZERO:.*]] = vector.broadcast %cst : f32 to vector<16xf32>
// CHECK: %[[LAST:.*]] = arith.addi %{{.*}}, %[[FIRST]] : index
// CHECK-NEXT: %[[USED:.*]] = arith.cmpi sle, %{{.*}}, %[[LAST]] : index
// CHECK-NEXT: scf.if %[[USED]] {
// CHECK: scf.for %{{.*}} = %c0 to %c64 step %c4{{.*}} iter_args(%{{.*}} = %[[ZERO]],
// CHECK: %[[COUNT:.*]] = arith.divui
// CHECK: %[[END:.*]] = arith.muli %[[COUNT]], %c16
// CHECK: scf.for %{{.*}} = %c0 to %[[END]] step %c16{{.*}} {
// CHECK: arith.cmpi sle, %{{.*}} : vector<16xi32>
// CHECK: scf.for %{{.*}} = %[[END]] to %c64 step %c16{{.*}} {
// CHECK: %[[WORDS:.*]] = arith.minsi %{{.*}}, %c64 : index
// CHECK: scf.for %{{.*}} = %c0 to %[[WORDS]] step %c4{{.*}} iter_args(%{{.*}} = %[[ZERO]],
tile.kernel @masked(%q: !tile.view<64x64xf32>, %k: !tile.view<64x64xf32>, %y: !tile.view<64x64xf32>, %first: index) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %a = tile.load %q[%c0, %c0] : <64x64xf32> -> <64x64xf32>
  %b = tile.load %k[%c0, %c0] : <64x64xf32> -> <64x64xf32>
  %none = tile.splat %zero : f32 -> <64x64xf32>
  %s = tile.mma %a, %b, %none : <64x64xf32>, <64x64xf32> -> <64x64xf32>
  %m = tile.map(%e = %s : !tile.tile<64x64xf32>) at(%i, %j) -> !tile.tile<64x64xf32> {
    %last = arith.addi %first, %i : index
    %seen = arith.cmpi sle, %j, %last : index
    %v = arith.select %seen, %e, %zero : f32
    tile.yield %v : f32
  }
  %o = tile.mma %m, %b, %none : <64x64xf32>, <64x64xf32> -> <64x64xf32>
  tile.store %o, %y[%c0, %c0] : <64x64xf32> -> <64x64xf32>
  tile.return
}
