// RUN: braid-opt %s | braid-opt | FileCheck %s
// RUN: braid-opt %s --mlir-print-op-generic | braid-opt | FileCheck %s

// CHECK-LABEL: tile.kernel @memory
// CHECK-SAME: %[[X:.*]]: !tile.view<?x1024xbf16>, %[[Y:.*]]: !tile.view<?x256xbf16, strides [18560, 1]>, %{{.*}}: !tile.view<?xi32>, %{{.*}}: index, %{{.*}}: f32
tile.kernel @memory(%x: !tile.view<?x1024xbf16>, %y: !tile.view<?x256xbf16, strides [18560, 1]>, %table: !tile.view<?xi32>,
                    %lo: index, %s: f32) {
  // CHECK: %[[B:.*]] = tile.block_id 0
  %b = tile.block_id 0
  // CHECK: tile.dim %[[X]], 0 : <?x1024xbf16>
  %n = tile.dim %x, 0 : !tile.view<?x1024xbf16>
  %c0 = arith.constant 0 : index
  // CHECK: tile.load %[[X]][%[[B]], %{{.*}}] : <?x1024xbf16> -> <64x256xbf16>
  %t = tile.load %x[%b, %c0] : !tile.view<?x1024xbf16> -> !tile.tile<64x256xbf16>
  // CHECK: tile.load %[[X]][%[[B]], %{{.*}}] valid(0 : %{{.*}} to %{{.*}}, 1 : %{{.*}} to %{{.*}}) : <?x1024xbf16> -> <256xbf16>
  %u = tile.load %x[%b, %c0] valid(0 : %lo to %n, 1 : %c0 to %lo) : !tile.view<?x1024xbf16> -> !tile.tile<256xbf16>
  // CHECK: tile.store %{{.*}}, %[[Y]][%[[B]], %{{.*}}] valid(0 : %{{.*}} to %{{.*}}) : <64x256xbf16> -> <?x256xbf16, strides [18560, 1]>
  tile.store %t, %y[%b, %c0] valid(0 : %lo to %n) : !tile.tile<64x256xbf16> -> !tile.view<?x256xbf16, strides [18560, 1]>
  // CHECK: tile.read %{{.*}}[%[[B]]] : <?xi32> -> i32
  %token = tile.read %table[%b] : !tile.view<?xi32> -> i32
  // CHECK: tile.write %{{.*}}, %{{.*}}[%[[B]]] : i32 -> <?xi32>
  tile.write %token, %table[%b] : i32 -> !tile.view<?xi32>
  tile.return
}

// CHECK-LABEL: tile.kernel @arithmetic
tile.kernel @arithmetic(%x: !tile.view<64x32xf32>, %w: !tile.view<48x32xf32>) {
  %c0 = arith.constant 0 : index
  %c3 = arith.constant 3 : index
  %zero = arith.constant 0.0 : f32
  %a = tile.load %x[%c0, %c0] : !tile.view<64x32xf32> -> !tile.tile<64x32xf32>
  %b = tile.load %w[%c0, %c0] : !tile.view<48x32xf32> -> !tile.tile<48x32xf32>
  // CHECK: tile.splat %{{.*}} : f32 -> <64x48xf32>
  %z = tile.splat %zero : f32 -> !tile.tile<64x48xf32>
  // CHECK: tile.mma %{{.*}}, %{{.*}}, %{{.*}} {transpose_b} : <64x32xf32>, <48x32xf32> -> <64x48xf32>
  %c = tile.mma %a, %b, %z {transpose_b} : !tile.tile<64x32xf32>, !tile.tile<48x32xf32> -> !tile.tile<64x48xf32>
  // CHECK: tile.reduce max %{{.*}} dim(1) : <64x48xf32> -> <64xf32>
  %m = tile.reduce max %c dim(1) : !tile.tile<64x48xf32> -> !tile.tile<64xf32>
  // CHECK: tile.broadcast %{{.*}} dim(1) : <64xf32> -> <64x48xf32>
  %mb = tile.broadcast %m dim(1) : !tile.tile<64xf32> -> !tile.tile<64x48xf32>
  // CHECK: tile.map(%[[E:.*]] = %{{.*}} : !tile.tile<64x48xf32>, %[[M:.*]] = %{{.*}} : !tile.tile<64x48xf32>) at(%[[I:.*]], %[[J:.*]]) -> !tile.tile<64x48xbf16> {
  // CHECK:   tile.yield %{{.*}} : bf16
  %p = tile.map(%e = %c : !tile.tile<64x48xf32>, %max = %mb : !tile.tile<64x48xf32>) at(%i, %j) -> !tile.tile<64x48xbf16> {
    %d = arith.subf %e, %max : f32
    %q = math.exp %d : f32
    %past = arith.cmpi sle, %j, %i : index
    %r = arith.select %past, %q, %zero : f32
    %t = arith.truncf %r : f32 to bf16
    tile.yield %t : bf16
  }
  %s = tile.reduce add %c dim(0) : !tile.tile<64x48xf32> -> !tile.tile<48xf32>
  // CHECK: tile.prefix_sum %{{.*}} dim(0) {reverse} : <48xf32>
  %l = tile.prefix_sum %s dim(0) {reverse} : !tile.tile<48xf32>
  // CHECK: tile.extract %{{.*}}[%{{.*}}] : <48xf32> -> f32
  %last = tile.extract %l[%c3] : !tile.tile<48xf32> -> f32
  // CHECK: tile.transpose %{{.*}} : <64x48xbf16> -> <48x64xbf16>
  %pt = tile.transpose %p : !tile.tile<64x48xbf16> -> !tile.tile<48x64xbf16>
  // CHECK: tile.reshape %{{.*}} : <48xf32> -> <48x1xf32>
  %lr = tile.reshape %l : !tile.tile<48xf32> -> !tile.tile<48x1xf32>
  tile.return
}

// What the CPU's schedule writes is legal IR too.
// CHECK-LABEL: tile.kernel @scheduled
// CHECK-SAME: attributes {tile.cpu = #tile.cpu<vectorBits = 512, bf16Dot = true>}
tile.kernel @scheduled(%x: !tile.view<?x32xf32>) attributes {tile.cpu = #tile.cpu<vectorBits = 512, bf16Dot = true>} {
  %c0 = arith.constant 0 : index
  // CHECK: tile.place = #tile.place<rows, offset = 64, stride = 32>
  %t = tile.load %x[%c0, %c0] {tile.place = #tile.place<rows, offset = 64, stride = 32>} : !tile.view<?x32xf32> -> !tile.tile<4x32xf32>
  // CHECK: tile.place = #tile.place<inline>
  %u = tile.load %x[%c0, %c0] {tile.place = #tile.place<inline>} : !tile.view<?x32xf32> -> !tile.tile<4x32xf32>
  tile.return
}
