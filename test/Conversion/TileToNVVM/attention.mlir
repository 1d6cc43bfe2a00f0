// The text of attention from a segment's queries becomes roles around five rings, then threads of a Hopper. Its counter is
// zero because the launch before makes it so.
// RUN: braidc %s --target=sm_90a --compile-to=tile -o %t.tile
// RUN: FileCheck %s --check-prefix=TEXT --input-file=%t.tile
// RUN: braid-opt %t.tile --cse --tile-schedule-hopper --canonicalize --cse > %t.scheduled
// RUN: FileCheck %s --input-file=%t.scheduled
// RUN: braid-opt %t.scheduled --tile-verify-schedule --convert-tile-to-nvvm | FileCheck %s --check-prefix=THREADS
// The scheduled form is IR like any other: it prints what parses again.
// RUN: braid-opt %t.scheduled | diff - %t.scheduled

// TEXT: %[[COUNTER:.*]] = host.buffer fixed : <1xi64>
// TEXT: host.launch @kv_store_0 {{.*}}, %[[COUNTER]])
// TEXT: host.launch @attention_segment_0 {{.*}}, %[[COUNTER]])
// TEXT: tile.kernel @kv_store_0
// TEXT: tile.write %{{.*}} : i64 -> <1xi64>
// TEXT: tile.kernel @attention_segment_0
// TEXT-SAME: tile.work_counter = 9 : i64

// CHECK: tile.kernel @attention_segment_0
// CHECK-SAME: tile.config = #tile.attention_config<queries = 128, keys = 128, stages = 2, groups = 2, raster = 1024>
// CHECK-SAME: tile.schedule = #tile.schedule<warps = 12, persistent = true>
// CHECK-DAG: %[[ITEMS:.*]] = tile.ring : <2, {{[0-9]+}}xi32>
// CHECK-DAG: %[[READ:.*]] = tile.barrier arrivals(5) : <2>
// CHECK: tile.role "load_queries" warps(0, 1) groups(1) registers(56) one_thread
// The first block is the worker's own; the counter gives those behind them, and is asked when there is room for an item.
// CHECK: %[[OWN:.*]], %[[COUNT:.*]] = tile.worker
// The section of the first block is found by the rows' starts: a section is as deep as its own longest row.
// CHECK: %[[PLACE:.*]]:4 = scf.while ({{.*}} = %[[OWN]], {{.*}} = %c0, {{.*}} = %c0, {{.*}} = %c0)
// CHECK: scf.for
// CHECK-COUNT-2: tile.read %{{.*}} : <?xi64> -> i64
// CHECK: arith.maxsi
// CHECK: scf.while ({{.*}} = %[[OWN]], {{.*}} = %[[PLACE]]#0,
// CHECK: scf.condition
// CHECK: tile.wait %[[READ]]
// CHECK: %[[DRAWN:.*]] = tile.draw %[[COUNTER:.*]] : <1xi64>
// CHECK: %[[NEXT:.*]] = arith.addi %[[COUNT]], %[[DRAWN]] : index
// CHECK: scf.if
// CHECK: tile.write_shared
// CHECK: tile.expect {{.*}} bytes(32768)
// CHECK: tile.copy_in
// And the next block's.
// CHECK: %[[FURTHER:.*]]:4 = scf.while
// CHECK: scf.for
// CHECK: scf.yield %[[NEXT]], {{.*}}, %[[FURTHER]]#0,
// CHECK: }
// The end is an item that is none.
// CHECK: tile.wait %[[READ]]
// CHECK: tile.write_shared %c0_i32
// CHECK: tile.arrive
// CHECK: tile.role "load_keys" warps(1, 1) groups(1) registers(56) one_thread
// CHECK: scf.while
// CHECK: tile.read_shared
// CHECK: scf.condition
// CHECK: scf.for
// CHECK: tile.read %{{.*}} : <?xi32> -> i32
// CHECK: tile.expect {{.*}} bytes(32768)
// CHECK: tile.copy_in
// CHECK: tile.role "load_values" warps(2, 1) groups(1) registers(56) {
// Rows of values behind the end of the sequence are cleared before anyone multiplies with them.
// CHECK: tile.clear_rows
// CHECK-NEXT: tile.fence_async
// CHECK-NEXT: tile.sync
// CHECK-NEXT: tile.arrive
// CHECK: tile.role "store" warps(3, 1) groups(1) registers(56) one_thread
// CHECK: tile.copy_out bulk
// CHECK: tile.role "attend" warps(4, 8) groups(2) registers(224)
// The first step: a product alone, a mask, and the maximum of each row.
// CHECK: tile.mma_async {{.*}} {transpose_b}
// CHECK: tile.mma_wait pending(0)
// CHECK: tile.fold max
// CHECK: tile.reduce max {{.*}} : <64x4xf32> -> <64xf32>
// Steps with a mask, steps without: both products under way, then the weights.
// CHECK-COUNT-2: tile.where_any
// CHECK: tile.mma_wait pending(0)
// CHECK: tile.reduce add {{.*}} : <64x4xf32> -> <64xf32>
// CHECK: tile.store_shared
// CHECK: } else {
// CHECK: tile.store {{.*}} valid(1 :

// THREADS: llvm.func @attention_segment_0
// THREADS: nvvm.setmaxregister decrease 56
// THREADS: llvm.atomicrmw add %{{.*}}, %{{.*}} syncscope("device") monotonic : !llvm.ptr<1>, i64
// THREADS: nvvm.cp.async.bulk.tensor.shared.cluster.global
// THREADS: nvvm.setmaxregister increase 224
// THREADS: wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16
// THREADS: nvvm.vote.sync any
// THREADS: stmatrix.sync.aligned

braid.state @key kv : tensor<?x8x128xbf16>
braid.state @value kv : tensor<?x8x128xbf16>
func.func @attention(%q: tensor<?x4096xbf16>, %k: tensor<?x1024xbf16>, %v: tensor<?x1024xbf16>, %rows: !braid.rows<segment>)
    -> tensor<?x4096xbf16> {
  %y = braid.attention %q, %k, %v rows(%rows) state(@key, @value)
    {heads = 32 : i64, kv_heads = 8 : i64, head_dim = 128 : i64, scale = 0.08838834764831845 : f64}
    : (tensor<?x4096xbf16>, tensor<?x1024xbf16>, tensor<?x1024xbf16>, !braid.rows<segment>) -> tensor<?x4096xbf16>
  return %y : tensor<?x4096xbf16>
}
