// A text without a family's schedule: its tiles are placed in shared memory, or computed where they are read.
// RUN: braid-opt %s --tile-schedule-hopper > %t.scheduled
// RUN: FileCheck %s --input-file=%t.scheduled --check-prefix=PLACED
// RUN: braid-opt %t.scheduled --tile-verify-schedule --convert-tile-to-nvvm --canonicalize --cse | FileCheck %s --check-prefix=THREADS
// RUN: braid-opt %t.scheduled | diff - %t.scheduled

// The sums take the carried tile's memory. The loads stay in memory while the product reads them, behind it; the scaled
// sums are computed where they are stored.
// PLACED: tile.kernel @product
// PLACED-SAME: tile.schedule = #tile.schedule<warps = 8, persistent = false>
// PLACED: tile.splat {{.*}} {tile.place = #tile.place<inline>}
// PLACED: scf.for
// PLACED: tile.load {{.*}} {tile.place = #tile.place<rows, offset = 17408, stride = 36>}
// PLACED: tile.load {{.*}} {tile.place = #tile.place<rows, offset = 26624, stride = 36>}
// PLACED: tile.mma {{.*}} {tile.place = #tile.place<rows, stride = 68>, transpose_b}
// PLACED: tile.places = [#tile.place<rows, stride = 68>]
// PLACED: tile.map{{.*}} attributes {tile.place = #tile.place<inline>}

// THREADS: llvm.func @product
// THREADS-SAME: shared_bytes = 35840
// THREADS: scf.for
// Both loads, then all threads wait, then the product, then they wait again.
// THREADS: llvm.load
// THREADS: nvvm.barrier
// THREADS: scf.for {{.*}} iter_args
// THREADS: llvm.load {{.*}} {alignment = 16 : i64} : !llvm.ptr<3> -> vector<4xf32>
// THREADS-COUNT-64: math.fma
// THREADS: nvvm.barrier
tile.kernel @product(%x: !tile.view<?x70xf32>, %w: !tile.view<33x70xf32>, %y: !tile.view<?x33xf32>, %s: f32) {
  %c0 = arith.constant 0 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %c70 = arith.constant 70 : index
  %zero = arith.constant 0.0 : f32
  %i = tile.block_id 0
  %j = tile.block_id 1
  %row = arith.muli %i, %c64 : index
  %column = arith.muli %j, %c64 : index
  %zeros = tile.splat %zero : f32 -> !tile.tile<64x64xf32>
  %sum = scf.for %k = %c0 to %c70 step %c32 iter_args(%carried = %zeros) -> (!tile.tile<64x64xf32>) {
    %a = tile.load %x[%row, %k] : !tile.view<?x70xf32> -> !tile.tile<64x32xf32>
    %b = tile.load %w[%column, %k] : !tile.view<33x70xf32> -> !tile.tile<64x32xf32>
    %r = tile.mma %a, %b, %carried {transpose_b} : !tile.tile<64x32xf32>, !tile.tile<64x32xf32> -> !tile.tile<64x64xf32>
    scf.yield %r : !tile.tile<64x64xf32>
  }
  %scaled = tile.map(%e = %sum : !tile.tile<64x64xf32>) -> !tile.tile<64x64xf32> {
    %p = arith.mulf %e, %s : f32
    tile.yield %p : f32
  }
  tile.store %scaled, %y[%row, %column] : !tile.tile<64x64xf32> -> !tile.view<?x33xf32>
  tile.return
}

// A tile that would not fit is computed anew where it is read: the maximum and the store load it each.
// PLACED: tile.kernel @normalise
// PLACED-SAME: tile.scratch_bytes = 272
// PLACED: tile.load {{.*}} {tile.place = #tile.place<inline>}
tile.kernel @normalise(%x: !tile.view<?x100000xf32>, %y: !tile.view<?x100000xf32>) {
  %c0 = arith.constant 0 : index
  %i = tile.block_id 0
  %t = tile.load %x[%i, %c0] : !tile.view<?x100000xf32> -> !tile.tile<100000xf32>
  %m = tile.reduce max %t dim(0) : !tile.tile<100000xf32> -> !tile.tile<f32>
  %s = tile.extract %m[] : !tile.tile<f32> -> f32
  %r = tile.map(%e = %t : !tile.tile<100000xf32>) -> !tile.tile<100000xf32> {
    %p = arith.divf %e, %s : f32
    tile.yield %p : f32
  }
  tile.store %r, %y[%i, %c0] : !tile.tile<100000xf32> -> !tile.view<?x100000xf32>
  tile.return
}

// What a store has loaded goes in pieces of 16 bytes, a thread for each, where the tile begins at a multiple of 16 bytes in
// both views; element by element where it does not.
// PLACED: tile.kernel @copy
// PLACED-SAME: tile.schedule = #tile.schedule<warps = 2, persistent = false>
// THREADS: llvm.func @copy
// THREADS-SAME: threads = 64
// THREADS: llvm.ptrtoint
// THREADS: arith.andi
// THREADS: scf.if
// THREADS: llvm.load {{.*}} {alignment = 16 : i64} : !llvm.ptr<1> -> vector<8xbf16>
// THREADS: llvm.store {{.*}} {alignment = 16 : i64} : vector<8xbf16>, !llvm.ptr<1>
// THREADS: else
// THREADS: llvm.load {{.*}} {alignment = 2 : i64} : !llvm.ptr<1> -> bf16
tile.kernel @copy(%x: !tile.view<?x4x128xbf16, strides [1024, 128, 1]>, %y: !tile.view<?x4x128xbf16, strides [8192, 256, 1]>) {
  %c0 = arith.constant 0 : index
  %i = tile.block_id 0
  %t = tile.load %x[%i, %c0, %c0] : !tile.view<?x4x128xbf16, strides [1024, 128, 1]> -> !tile.tile<4x128xbf16>
  tile.store %t, %y[%i, %c0, %c0] : !tile.tile<4x128xbf16> -> !tile.view<?x4x128xbf16, strides [8192, 256, 1]>
  tile.return
}

// Rows that are no multiple of 16 bytes apart.
// A thread of 256 has eight pieces: four are loaded before the first of them is stored.
// THREADS: llvm.func @copy_page
// THREADS-SAME: threads = 256
// THREADS: scf.for
// THREADS: llvm.load {{.*}} -> vector<8xbf16>
// THREADS-NOT: llvm.store
// THREADS-COUNT-3: llvm.load {{.*}} -> vector<8xbf16>
// THREADS-COUNT-4: llvm.store {{.*}} : vector<8xbf16>
// THREADS: llvm.return
tile.kernel @copy_page(%x: !tile.view<?x128x128xbf16>, %y: !tile.view<?x128x128xbf16>) {
  %c0 = arith.constant 0 : index
  %i = tile.block_id 0
  %t = tile.load %x[%i, %c0, %c0] : !tile.view<?x128x128xbf16> -> !tile.tile<128x128xbf16>
  tile.store %t, %y[%i, %c0, %c0] : !tile.tile<128x128xbf16> -> !tile.view<?x128x128xbf16>
  tile.return
}

// THREADS: llvm.func @copy_odd
// THREADS-NOT: vector<8xbf16>
// THREADS: llvm.return
tile.kernel @copy_odd(%x: !tile.view<?x128xbf16, strides [132, 1]>, %y: !tile.view<?x128xbf16>) {
  %c0 = arith.constant 0 : index
  %i = tile.block_id 0
  %t = tile.load %x[%i, %c0] : !tile.view<?x128xbf16, strides [132, 1]> -> !tile.tile<4x128xbf16>
  tile.store %t, %y[%i, %c0] : !tile.tile<4x128xbf16> -> !tile.view<?x128xbf16>
  tile.return
}
