// RUN: braid-opt %s --tile-schedule-cpu=vector-bits=512 --convert-tile-to-vector --cse | FileCheck %s
// RUN: braid-opt %s --tile-schedule-cpu=vector-bits=256 --convert-tile-to-vector --cse | FileCheck %s --check-prefix=AVX2

// A block of states stays in registers over all rows: one loop carries them, and in it nothing of the states is loaded or
// stored, only the step, the input, the rates, b and c, and the read-out. Scaling is one instruction where there is one.
// CHECK-LABEL: llvm.func @states
// The store takes the read-out as it is made, if all of it lies inside and no row is left out; else it goes to rows.
// CHECK: scf.if %[[TAKEN:.*]] {
// CHECK: %{{.*}}:3 = scf.for %{{.*}} = %c0 to %{{.*}} step %c1{{.*}} iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}}, %[[C:.*]] = %{{.*}}) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.permvar.sf.512"
// CHECK: llvm.call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"
// CHECK: math.fma %{{.*}}, %[[A]], %{{.*}} : vector<16xf32>
// CHECK: math.fma %{{.*}}, %[[B]], %{{.*}} : vector<16xf32>
// CHECK: math.fma %{{.*}}, %[[C]], %{{.*}} : vector<16xf32>
// CHECK-NOT: scf.if
// CHECK: llvm.store %{{.*}}, %{{.*}} : vector<16xf32>
// CHECK-NEXT: scf.yield %{{.*}}, %{{.*}}, %{{.*}} : vector<16xf32>, vector<16xf32>, vector<16xf32>
// CHECK: } else {
// CHECK: %{{.*}}:3 = scf.for
// CHECK: llvm.store %{{.*}}, %{{.*}} : vector<16xf32>
// CHECK-NEXT: scf.yield %{{.*}}, %{{.*}}, %{{.*}} : vector<16xf32>, vector<16xf32>, vector<16xf32>

// CHECK: scf.if %[[TAKEN]] {
// CHECK-NEXT: } else {
// CHECK: llvm.intr.masked.store

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
// The last of them completes the read-out.
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

// In a loop over rows, lines that the next turn loads and stores are asked for one at a time: not where rows are loaded, but
// with each vector of the read-out. The map behind the recurrence is evaluated there.
// CHECK-LABEL: llvm.func @turns
// CHECK-NOT: llvm.intr.prefetch
// CHECK: llvm.intr.masked.load
// CHECK-NOT: llvm.intr.prefetch
// CHECK: "llvm.x86.avx512.mask.scalef.ps.512"
// CHECK: arith.truncf %{{.*}} : vector<16xf32> to vector<16xbf16>
// CHECK: llvm.store %{{.*}} : vector<16xbf16>
// CHECK: "llvm.intr.prefetch"(%{{.*}}) <{cache = 1 : i32, hint = 2 : i32, rw = 0 : i32}>
// CHECK: "llvm.intr.prefetch"(%{{.*}}) <{cache = 1 : i32, hint = 2 : i32, rw = 1 : i32}>
// CHECK-NOT: llvm.intr.prefetch
// CHECK: } else {
// CHECK-NOT: llvm.intr.prefetch
tile.kernel @turns(%uv: !tile.view<?x64xf32>, %bv: !tile.view<32x3xf32>, %rv: !tile.view<3x64xf32>,
                   %yv: !tile.view<?x64xbf16>, %end: index) {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %b = tile.load %bv[%c0, %c0] : !tile.view<32x3xf32> -> !tile.tile<32x3xf32>
  %r = tile.load %rv[%c0, %c0] : !tile.view<3x64xf32> -> !tile.tile<3x64xf32>
  %s0 = tile.load %rv[%c0, %c0] : !tile.view<3x64xf32> -> !tile.tile<3x64xf32>
  %last = scf.for %t = %c0 to %end step %c32 iter_args(%s = %s0) -> (!tile.tile<3x64xf32>) {
    %u = tile.load %uv[%t, %c0] valid(0 : %t to %end) : !tile.view<?x64xf32> -> !tile.tile<32x64xf32>
    %n = arith.subi %end, %t : index
    %y, %next = tile.recurrence %u, %u, %b, %b, %r, %s count(%n)
      : !tile.tile<32x64xf32>, !tile.tile<32x3xf32>, !tile.tile<3x64xf32>
    %narrow = tile.map(%e = %y : !tile.tile<32x64xf32>) -> !tile.tile<32x64xbf16> {
      %z = arith.truncf %e : f32 to bf16
      tile.yield %z : bf16
    }
    tile.store %narrow, %yv[%t, %c0] valid(0 : %t to %end) : !tile.tile<32x64xbf16> -> !tile.view<?x64xbf16>
    scf.yield %next : !tile.tile<3x64xf32>
  }
  tile.store %last, %rv[%c0, %c0] : !tile.tile<3x64xf32> -> !tile.view<3x64xf32>
  tile.return
}

// A store of something else stands between: it may write what is loaded behind it, so the read-out goes to rows.
// CHECK-LABEL: llvm.func @between
// CHECK: "llvm.x86.avx512.mask.scalef.ps.512"
// CHECK-NOT: scf.if
// CHECK: scf.yield
tile.kernel @between(%uv: !tile.view<32x64xf32>, %bv: !tile.view<32x3xf32>, %rv: !tile.view<3x64xf32>,
                     %yv: !tile.view<32x64xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %u = tile.load %uv[%c0, %c0] : !tile.view<32x64xf32> -> !tile.tile<32x64xf32>
  %b = tile.load %bv[%c0, %c0] : !tile.view<32x3xf32> -> !tile.tile<32x3xf32>
  %r = tile.load %rv[%c0, %c0] : !tile.view<3x64xf32> -> !tile.tile<3x64xf32>
  %y, %s = tile.recurrence %u, %u, %b, %b, %r, %r count(%n)
    : !tile.tile<32x64xf32>, !tile.tile<32x3xf32>, !tile.tile<3x64xf32>
  tile.store %s, %rv[%c0, %c0] : !tile.tile<3x64xf32> -> !tile.view<3x64xf32>
  tile.store %y, %yv[%c0, %c0] : !tile.tile<32x64xf32> -> !tile.view<32x64xf32>
  tile.return
}

// A map with a load of its own follows too: what is clipped of it has a loop for itself behind the recurrence.
// CHECK-LABEL: llvm.func @loads
// CHECK: scf.if %[[INSIDE:.*]] {
// CHECK: "llvm.x86.avx512.mask.scalef.ps.512"
// CHECK: %[[SUM:.*]] = arith.addf %{{.*}}, %{{[0-9]+}} : vector<16xf32>
// CHECK-NEXT: llvm.store %[[SUM]], %{{.*}} : vector<16xf32>
// CHECK-NEXT: scf.yield
// CHECK: scf.if %[[INSIDE]] {
// CHECK-NEXT: } else {
tile.kernel @loads(%uv: !tile.view<32x64xf32>, %bv: !tile.view<32x3xf32>, %rv: !tile.view<3x64xf32>,
                   %yv: !tile.view<32x64xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %u = tile.load %uv[%c0, %c0] : !tile.view<32x64xf32> -> !tile.tile<32x64xf32>
  %b = tile.load %bv[%c0, %c0] : !tile.view<32x3xf32> -> !tile.tile<32x3xf32>
  %r = tile.load %rv[%c0, %c0] : !tile.view<3x64xf32> -> !tile.tile<3x64xf32>
  %y, %s = tile.recurrence %u, %u, %b, %b, %r, %r count(%n)
    : !tile.tile<32x64xf32>, !tile.tile<32x3xf32>, !tile.tile<3x64xf32>
  %old = tile.load %yv[%c0, %c0] : !tile.view<32x64xf32> -> !tile.tile<32x64xf32>
  %sum = tile.map(%e = %y : !tile.tile<32x64xf32>, %o = %old : !tile.tile<32x64xf32>) -> !tile.tile<32x64xf32> {
    %z = arith.addf %e, %o : f32
    tile.yield %z : f32
  }
  tile.store %sum, %yv[%c0, %c0] : !tile.tile<32x64xf32> -> !tile.view<32x64xf32>
  tile.store %s, %rv[%c0, %c0] : !tile.tile<3x64xf32> -> !tile.view<3x64xf32>
  tile.return
}

// The states after the last row are known no earlier than then.
// CHECK-LABEL: llvm.func @withLast
// CHECK: "llvm.x86.avx512.mask.scalef.ps.512"
// CHECK-NOT: scf.if
// CHECK: scf.yield
tile.kernel @withLast(%uv: !tile.view<3x64xf32>, %bv: !tile.view<3x3xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %u = tile.load %uv[%c0, %c0] : !tile.view<3x64xf32> -> !tile.tile<3x64xf32>
  %b = tile.load %bv[%c0, %c0] : !tile.view<3x3xf32> -> !tile.tile<3x3xf32>
  %y, %s = tile.recurrence %u, %u, %b, %b, %u, %u count(%n)
    : !tile.tile<3x64xf32>, !tile.tile<3x3xf32>, !tile.tile<3x64xf32>
  %sum = tile.map(%e = %y : !tile.tile<3x64xf32>, %o = %s : !tile.tile<3x64xf32>) -> !tile.tile<3x64xf32> {
    %z = arith.addf %e, %o : f32
    tile.yield %z : f32
  }
  tile.store %sum, %uv[%c0, %c0] : !tile.tile<3x64xf32> -> !tile.view<3x64xf32>
  tile.return
}

// u is computed vector by vector where nothing else reads it, and what it is loaded from is read once more by the store:
// no rows of either. What lies beyond the end has a loop with masks.
// CHECK-LABEL: llvm.func @input
// CHECK-SAME: braid.scratch_bytes = 6464
// CHECK: scf.if %[[TAKEN:.*]] {
// CHECK: %{{.*}}:3 = scf.for
// CHECK: llvm.load %{{.*}} -> vector<16xbf16>
// CHECK-NEXT: %[[X:.*]] = arith.extf
// CHECK: arith.mulf %[[X]], %{{.*}} : vector<16xf32>
// CHECK: llvm.load %{{.*}} -> vector<16xbf16>
// CHECK-NEXT: %[[AGAIN:.*]] = arith.extf
// CHECK-NEXT: %[[SUM:.*]] = arith.addf %{{.*}}, %[[AGAIN]] : vector<16xf32>
// CHECK: llvm.store %[[SUM]], %{{.*}} : vector<16xf32>
// CHECK: } else {
// CHECK: %{{.*}}:3 = scf.for
// CHECK: llvm.intr.masked.load {{.*}} -> vector<16xi16>
tile.kernel @input(%xv: !tile.view<?x64xbf16>, %dv: !tile.view<8x64xf32>, %bv: !tile.view<8x3xf32>,
                   %rv: !tile.view<3x64xf32>, %yv: !tile.view<?x64xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %x = tile.load %xv[%c0, %c0] valid(0 : %c0 to %n) : !tile.view<?x64xbf16> -> !tile.tile<8x64xbf16>
  %wide = tile.map(%e = %x : !tile.tile<8x64xbf16>) -> !tile.tile<8x64xf32> {
    %z = arith.extf %e : bf16 to f32
    tile.yield %z : f32
  }
  %d = tile.load %dv[%c0, %c0] : !tile.view<8x64xf32> -> !tile.tile<8x64xf32>
  %u = tile.map(%e = %wide : !tile.tile<8x64xf32>, %f = %d : !tile.tile<8x64xf32>) -> !tile.tile<8x64xf32> {
    %z = arith.mulf %e, %f : f32
    tile.yield %z : f32
  }
  %b = tile.load %bv[%c0, %c0] : !tile.view<8x3xf32> -> !tile.tile<8x3xf32>
  %r = tile.load %rv[%c0, %c0] : !tile.view<3x64xf32> -> !tile.tile<3x64xf32>
  %zero = arith.constant 0.0 : f32
  %s0 = tile.splat %zero : f32 -> !tile.tile<3x64xf32>
  %y, %s = tile.recurrence %u, %d, %b, %b, %r, %s0 count(%n)
    : !tile.tile<8x64xf32>, !tile.tile<8x3xf32>, !tile.tile<3x64xf32>
  %sum = tile.map(%e = %y : !tile.tile<8x64xf32>, %o = %wide : !tile.tile<8x64xf32>) -> !tile.tile<8x64xf32> {
    %z = arith.addf %e, %o : f32
    tile.yield %z : f32
  }
  tile.store %sum, %yv[%c0, %c0] valid(0 : %c0 to %n) : !tile.tile<8x64xf32> -> !tile.view<?x64xf32>
  tile.return
}

// Rows of u that the store would write before they are read: it waits for the end.
// CHECK-LABEL: llvm.func @shifted
// CHECK-NOT: scf.if
// CHECK: "llvm.x86.avx512.mask.scalef.ps.512"
// CHECK-NOT: scf.if
// CHECK: scf.yield
// CHECK: llvm.return
tile.kernel @shifted(%uv: !tile.view<16x64xf32>, %dv: !tile.view<8x64xf32>, %bv: !tile.view<8x3xf32>,
                     %rv: !tile.view<3x64xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %u = tile.load %uv[%c0, %c0] : !tile.view<16x64xf32> -> !tile.tile<8x64xf32>
  %d = tile.load %dv[%c0, %c0] : !tile.view<8x64xf32> -> !tile.tile<8x64xf32>
  %b = tile.load %bv[%c0, %c0] : !tile.view<8x3xf32> -> !tile.tile<8x3xf32>
  %r = tile.load %rv[%c0, %c0] : !tile.view<3x64xf32> -> !tile.tile<3x64xf32>
  %zero = arith.constant 0.0 : f32
  %s0 = tile.splat %zero : f32 -> !tile.tile<3x64xf32>
  %y, %s = tile.recurrence %u, %d, %b, %b, %r, %s0 count(%n)
    : !tile.tile<8x64xf32>, !tile.tile<8x3xf32>, !tile.tile<3x64xf32>
  tile.store %y, %uv[%c1, %c0] : !tile.tile<8x64xf32> -> !tile.view<16x64xf32>
  tile.return
}
