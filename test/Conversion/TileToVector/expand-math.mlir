// A number has the same function in vectors of every length: in one that is not whole and in one of several registers, each
// exp is that of whole AVX-512 vectors, of which the scaling by a power of two is the sign. So the row of a step and the
// same row of a segment's tile have the same bits. A scalar, which is one in every form, stays where it is quicker.
// RUN: braid-opt %s --pass-pipeline='builtin.module(llvm.func(tile-expand-math))' | FileCheck %s
// RUN: braid-opt %s --pass-pipeline='builtin.module(llvm.func(tile-expand-math{vector-bits=256}))' | FileCheck %s --check-prefix=AVX2
// RUN: braid-opt %s --pass-pipeline='builtin.module(llvm.func(tile-expand-math{bf16-convert=false}))' | FileCheck %s --check-prefix=BITS

// AVX2-NOT: math.exp{{ }}
// AVX2-NOT: call_intrinsic
// CHECK-NOT: math.exp{{ }}

// CHECK-LABEL: llvm.func @scalar
// CHECK-NOT: vector
llvm.func @scalar(%x: f32) -> f32 {
  %y = math.exp %x : f32
  llvm.return %y : f32
}

// CHECK-LABEL: llvm.func @one
// CHECK: vector.insert_strided_slice %{{.*}} {offsets = [0], strides = [1]} : vector<1xf32> into vector<16xf32>
// CHECK-COUNT-1: call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"
// CHECK: vector.extract_strided_slice %{{.*}} {offsets = [0], sizes = [1], strides = [1]} : vector<16xf32> to vector<1xf32>
llvm.func @one(%x: vector<1xf32>) -> vector<1xf32> {
  %y = math.exp %x : vector<1xf32>
  llvm.return %y : vector<1xf32>
}

// CHECK-LABEL: llvm.func @whole
// CHECK-NOT: strided_slice
// CHECK-COUNT-1: call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"
llvm.func @whole(%x: vector<16xf32>) -> vector<16xf32> {
  %y = math.exp %x : vector<16xf32>
  llvm.return %y : vector<16xf32>
}

// CHECK-LABEL: llvm.func @one_and_a_half
// CHECK-COUNT-2: call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"
// CHECK-NOT: call_intrinsic
llvm.func @one_and_a_half(%x: vector<24xf32>) -> vector<24xf32> {
  %y = math.exp %x : vector<24xf32>
  llvm.return %y : vector<24xf32>
}

// Softplus has an exponential of its own: of numbers at most zero.
// CHECK-LABEL: llvm.func @softplus
// CHECK: vector.insert_strided_slice %{{.*}} {offsets = [0], strides = [1]} : vector<1xf32> into vector<16xf32>
// CHECK-NOT: arith.cmpf ogt
// CHECK-COUNT-1: call_intrinsic "llvm.x86.avx512.mask.scalef.ps.512"
// CHECK-NOT: math.log
llvm.func @softplus(%x: vector<1xf32>) -> vector<1xf32> {
  %size = math.absf %x : vector<1xf32>
  %negative = arith.negf %size : vector<1xf32>
  %power = math.exp %negative : vector<1xf32>
  %y = math.log1p %power : vector<1xf32>
  llvm.return %y : vector<1xf32>
}

// Where a CPU has no conversions of bf16, it becomes f32 by integer operations, and f64 from there.
// BITS-LABEL: llvm.func @bf16_to_f64
// BITS-NOT: arith.extf {{.*}}bf16
// BITS: arith.shli
// BITS: arith.extf %{{.*}} : vector<4xf32> to vector<4xf64>
// BITS-NOT: arith.extf {{.*}}bf16
// BITS: arith.extf %{{.*}} : f32 to f64
llvm.func @bf16_to_f64(%x: vector<4xbf16>, %s: bf16) -> !llvm.struct<(vector<4xf64>, f64)> {
  %y = arith.extf %x : vector<4xbf16> to vector<4xf64>
  %z = arith.extf %s : bf16 to f64
  %none = llvm.mlir.undef : !llvm.struct<(vector<4xf64>, f64)>
  %one = llvm.insertvalue %y, %none[0] : !llvm.struct<(vector<4xf64>, f64)>
  %both = llvm.insertvalue %z, %one[1] : !llvm.struct<(vector<4xf64>, f64)>
  llvm.return %both : !llvm.struct<(vector<4xf64>, f64)>
}
