// Without arithmetic for bf16, numbers of that type are moved as integers: constants by their bits, casts to their bits gone.
// RUN: braid-opt %s --pass-pipeline='builtin.module(llvm.func(llvm-bf16-as-bits))' | FileCheck %s

// CHECK-LABEL: llvm.func @moved
// CHECK-SAME: (%[[P:.*]]: !llvm.ptr, %[[MASK:.*]]: vector<8xi1>) -> vector<8xi16>
// CHECK-NOT: bf16
// CHECK-NOT: bitcast
// CHECK: %[[NAN:.*]] = llvm.mlir.constant(dense<32704> : vector<8xi16>) : vector<8xi16>
// CHECK: llvm.mlir.constant(16256 : i16) : i16
// CHECK: %[[AT:.*]] = llvm.getelementptr %[[P]][4] : (!llvm.ptr) -> !llvm.ptr, i16
// CHECK: %[[X:.*]] = llvm.load %[[AT]] {alignment = 2 : i64} : !llvm.ptr -> vector<8xi16>
// CHECK: %[[Y:.*]] = llvm.select %[[MASK]], %[[NAN]], %[[X]] : vector<8xi1>, vector<8xi16>
// CHECK: llvm.return %[[Y]] : vector<8xi16>
// CHECK: llvm.fadd %{{.*}}, %{{.*}} : f32
llvm.func @moved(%p: !llvm.ptr, %mask: vector<8xi1>) -> vector<8xi16> {
  %nan = llvm.mlir.constant(dense<0x7FC0> : vector<8xbf16>) : vector<8xbf16>
  %one = llvm.mlir.constant(1.0 : bf16) : bf16
  %at = llvm.getelementptr %p[4] : (!llvm.ptr) -> !llvm.ptr, bf16
  %x = llvm.load %at {alignment = 2 : i64} : !llvm.ptr -> vector<8xbf16>
  llvm.store %one, %p {alignment = 2 : i64} : bf16, !llvm.ptr
  %y = llvm.select %mask, %nan, %x : vector<8xi1>, vector<8xbf16>
  %bits = llvm.bitcast %y : vector<8xbf16> to vector<8xi16>
  llvm.return %bits : vector<8xi16>
}
llvm.func @others(%x: f32) -> f32 {
  %y = llvm.fadd %x, %x : f32
  llvm.return %y : f32
}
