// RUN: braid-opt %s --tile-schedule-cpu=vector-bits=512 --convert-tile-to-vector --cse | FileCheck %s
// RUN: braid-opt %s --tile-schedule-cpu=vector-bits=256 --convert-tile-to-vector --cse | FileCheck %s --check-prefix=AVX2

// A block of states stays in registers over all rows: one loop carries them, and in it nothing of the states is loaded or
// stored, only the step, the input, the rates, b and c, and the read-out. Scaling is one instruction where there is one.
// CHECK-LABEL: llvm.func @states
// CHECK: %{{.*}}:3 = scf.for %{{.*}} = %c0 to %{{.*}} step %c1{{.*}} iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}}, %[[C:.*]] = %{{.*}}) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.permvar.sf.512"
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"
// CHECK: math.fma %{{.*}}, %[[A]], %{{.*}} : vector<16xf32>
// CHECK: math.fma %{{.*}}, %[[B]], %{{.*}} : vector<16xf32>
// CHECK: math.fma %{{.*}}, %[[C]], %{{.*}} : vector<16xf32>
// CHECK: llvm.store %{{.*}} : vector<16xf32>
// CHECK-NEXT: scf.yield %{{.*}}, %{{.*}}, %{{.*}} : vector<16xf32>, vector<16xf32>, vector<16xf32>

// AVX2-LABEL: llvm.func @states
// AVX2: iter_args({{.*}}) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>)
// AVX2-NOT: call_intrinsic
// AVX2: arith.shli %{{.*}} : vector<8xi32>
tile.kernel @states(%uv: !tile.view<32x64xf32>, %bv: !tile.view<32x3xf32>, %rv: !tile.view<3x64xf32>,
                    %yv: !tile.view<32x64xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %u = tile.load %uv[%c0, %c0] : !tile.view<32x64xf32> -> !tile.tile<32x64xf32>
  %b = tile.load %bv[%c0, %c0] : !tile.view<32x3xf32> -> !tile.tile<32x3xf32>
  %r = tile.load %rv[%c0, %c0] : !tile.view<3x64xf32> -> !tile.tile<3x64xf32>
  %zero = arith.constant 0.0 : f32
  %s0 = tile.splat %zero : f32 -> !tile.tile<3x64xf32>
  %y, %s = tile.recurrence %u, %u, %b, %b, %r, %s0 count(%n)
    : !tile.tile<32x64xf32>, !tile.tile<32x3xf32>, !tile.tile<3x64xf32>
  tile.store %y, %yv[%c0, %c0] : !tile.tile<32x64xf32> -> !tile.view<32x64xf32>
  tile.store %s, %rv[%c0, %c0] : !tile.tile<3x64xf32> -> !tile.view<3x64xf32>
  tile.return
}

// With more states than a block the read-outs are added up in memory: 16 states at a time, then what is left.
// CHECK-LABEL: llvm.func @blocks
// CHECK: %{{.*}}:16 = scf.for
// CHECK: %{{.*}}:4 = scf.for
tile.kernel @blocks(%uv: !tile.view<8x16xf32>, %bv: !tile.view<8x20xf32>, %rv: !tile.view<20x16xf32>,
                    %yv: !tile.view<8x16xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %u = tile.load %uv[%c0, %c0] : !tile.view<8x16xf32> -> !tile.tile<8x16xf32>
  %b = tile.load %bv[%c0, %c0] : !tile.view<8x20xf32> -> !tile.tile<8x20xf32>
  %r = tile.load %rv[%c0, %c0] : !tile.view<20x16xf32> -> !tile.tile<20x16xf32>
  %y, %s = tile.recurrence %u, %u, %b, %b, %r, %r count(%n)
    : !tile.tile<8x16xf32>, !tile.tile<8x20xf32>, !tile.tile<20x16xf32>
  tile.store %y, %yv[%c0, %c0] : !tile.tile<8x16xf32> -> !tile.view<8x16xf32>
  tile.store %s, %rv[%c0, %c0] : !tile.tile<20x16xf32> -> !tile.view<20x16xf32>
  tile.return
}
