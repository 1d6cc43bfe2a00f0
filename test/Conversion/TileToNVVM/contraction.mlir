// The text of a contraction becomes roles around a ring, then threads of a Hopper.
// RUN: braid-opt %s --tile-schedule-hopper --canonicalize --cse > %t.scheduled
// RUN: FileCheck %s --input-file=%t.scheduled --check-prefix=ROLES
// RUN: braid-opt %t.scheduled --tile-verify-schedule --convert-tile-to-nvvm | FileCheck %s --check-prefix=THREADS
// The scheduled form is IR like any other: it prints what parses again.
// RUN: braid-opt %t.scheduled | diff - %t.scheduled

// ROLES: tile.kernel @linear
// ROLES-SAME: tile.schedule = #tile.schedule<warps = 12, persistent = true>
// ROLES: %[[A:.*]] = tile.ring : <4, 128x64xbf16>
// ROLES: %[[B:.*]] = tile.ring : <4, 256x64xbf16>
// ROLES: %[[OUT:.*]] = tile.ring : <4, 64x64xbf16>
// ROLES: %[[FULL:.*]] = tile.barrier arrivals(1) : <4>
// ROLES: %[[EMPTY:.*]] = tile.barrier arrivals(2) : <4>
// ROLES: tile.role "load" warps(0, 4) groups(1) registers(40) one_thread
// ROLES: tile.wait %[[EMPTY]]
// ROLES: tile.expect %[[FULL]]{{.*}} bytes(49152)
// ROLES: tile.copy_in %{{.*}} signals %[[FULL]]
// ROLES: tile.copy_in %{{.*}} signals %[[FULL]]
// ROLES: tile.role "multiply" warps(4, 8) groups(2) registers(232)
// ROLES: tile.wait %[[FULL]]
// ROLES: tile.mma_async {{.*}} {transpose_b}
// ROLES: scf.for
// ROLES:   tile.wait %[[FULL]]
// ROLES:   tile.mma_async
// ROLES:   tile.mma_wait pending(1)
// ROLES:   tile.arrive %[[EMPTY]]
// ROLES: tile.mma_wait pending(0)
// ROLES-COUNT-4: tile.copy_out bulk
// ROLES: tile.wait_copies pending(0)

// THREADS: gpu.module @kernels
// THREADS: llvm.mlir.global external @dynamic_shared() {addr_space = 3 : i32, alignment = 1024 : i64}
// THREADS: llvm.func @linear(%{{.*}}: !llvm.ptr {llvm.align = 8 : i64, llvm.byval
// THREADS-SAME: persistent = true, shared_bytes = 229440
// THREADS-SAME: box = array<i64: 128, 64>, swizzle = 128
// THREADS-SAME: nvvm.reqntid = array<i32: 384>
// THREADS: nvvm.mbarrier.init
// THREADS: nvvm.setmaxregister decrease 40
// THREADS: nvvm.cp.async.bulk.tensor.shared.cluster.global
// THREADS: nvvm.setmaxregister increase 232
// THREADS: wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16
tile.kernel @linear(%x: !tile.view<?x4096xbf16>, %w: !tile.view<4096x4096xbf16>, %y: !tile.view<?x4096xbf16>) attributes {
    tile.config = #tile.contraction_config<rows = 128, columns = 256, depth = 64, stages = 4, groups = 2, raster = 16>} {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %c256 = arith.constant 256 : index
  %c4096 = arith.constant 4096 : index
  %zero = arith.constant 0.0 : f32
  %i = tile.block_id 0
  %j = tile.block_id 1
  %row = arith.muli %i, %c128 : index
  %column = arith.muli %j, %c256 : index
  %zeros = tile.splat %zero : f32 -> !tile.tile<128x256xf32>
  %sum = scf.for %k = %c0 to %c4096 step %c64 iter_args(%carried = %zeros) -> (!tile.tile<128x256xf32>) {
    %a = tile.load %x[%row, %k] : !tile.view<?x4096xbf16> -> !tile.tile<128x64xbf16>
    %b = tile.load %w[%column, %k] : !tile.view<4096x4096xbf16> -> !tile.tile<256x64xbf16>
    %r = tile.mma %a, %b, %carried {transpose_b} : !tile.tile<128x64xbf16>, !tile.tile<256x64xbf16> -> !tile.tile<128x256xf32>
    scf.yield %r : !tile.tile<128x256xf32>
  }
  %out = tile.map(%e = %sum : !tile.tile<128x256xf32>) -> !tile.tile<128x256xbf16> {
    %rounded = arith.truncf %e : f32 to bf16
    tile.yield %rounded : bf16
  }
  tile.store %out, %y[%row, %column] : !tile.tile<128x256xbf16> -> !tile.view<?x4096xbf16>
  tile.return
}
