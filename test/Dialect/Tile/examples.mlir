// The example of every op's documentation parses, verifies and prints what parses again; CHECK lines are in ops.mlir.
// RUN: braid-opt %s -o %t.once
// RUN: braid-opt %t.once -o %t.twice
// RUN: cmp %t.once %t.twice
// RUN: braid-opt %s --mlir-print-op-generic | braid-opt -o %t.generic
// RUN: cmp %t.once %t.generic
// RUN: %python %S/../Inputs/examples_in.py %s %braid_include/Dialect/Tile/IR/TileOps.td %braid_include/Dialect/Tile/IR/TileBase.td %braid_include/Dialect/Tile/IR/ScheduledSequenceOps.td %braid_include/Dialect/Tile/IR/ScheduledNamedBarrierOps.td

tile.kernel @scale(%x: !tile.view<?x64xf32>, %s: f32) {
  %b = tile.block_id 0
  %c0 = arith.constant 0 : index
  %t = tile.load %x[%b, %c0] : !tile.view<?x64xf32> -> !tile.tile<64xf32>
  %r = tile.map(%e = %t : !tile.tile<64xf32>) -> !tile.tile<64xf32> {
    %p = arith.mulf %e, %s : f32
    tile.yield %p : f32
  }
  tile.store %r, %x[%b, %c0] : !tile.tile<64xf32> -> !tile.view<?x64xf32>
  tile.return
}

tile.kernel @memory(%x: !tile.view<?x1024xbf16>, %y: !tile.view<?x1024xbf16>, %wide: !tile.view<?x1024xbf16, strides [18560, 1]>,
                    %tokens: !tile.view<?xi32>, %sums: !tile.view<?x4xf32>, %s: f32) {
  %n = tile.dim %x, 0 : !tile.view<?x1024xbf16>
  %i = tile.block_id 0
  %j = tile.block_id 1
  %lo = tile.block_id 2
  %hi = tile.dim %y, 0 : !tile.view<?x1024xbf16>
  %t = tile.load %x[%i, %j] valid(0 : %lo to %hi) : !tile.view<?x1024xbf16> -> !tile.tile<64x256xbf16>
  tile.store %t, %y[%i, %j] : !tile.tile<64x256xbf16> -> !tile.view<?x1024xbf16>
  %token = tile.read %tokens[%i] : !tile.view<?xi32> -> i32
  tile.write %s, %sums[%i, %j] : f32 -> !tile.view<?x4xf32>
  tile.return
}

tile.kernel @arithmetic(%xv: !tile.view<64x256xbf16>, %wv: !tile.view<96x256xbf16>, %sv: !tile.view<64x64xf32>, %c0: f32,
                        %minus_infinity: f32) {
  %o = arith.constant 0 : index
  %x = tile.load %xv[%o, %o] : !tile.view<64x256xbf16> -> !tile.tile<64x256xbf16>
  %w = tile.load %wv[%o, %o] : !tile.view<96x256xbf16> -> !tile.tile<96x256xbf16>
  %acc = tile.splat %c0 : f32 -> !tile.tile<64x96xf32>
  %r = tile.mma %x, %w, %acc {transpose_b} : !tile.tile<64x256xbf16>, !tile.tile<96x256xbf16> -> !tile.tile<64x96xf32>
  tile.return
}

tile.kernel @masked(%sv: !tile.view<64x64xf32>, %minus_infinity: f32) {
  %o = arith.constant 0 : index
  %s = tile.load %sv[%o, %o] : !tile.view<64x64xf32> -> !tile.tile<64x64xf32>
  %r = tile.map(%e = %s : !tile.tile<64x64xf32>) at(%i, %j) -> !tile.tile<64x64xf32> {
    %future = arith.cmpi sgt, %j, %i : index
    %m = arith.select %future, %minus_infinity, %e : f32
    tile.yield %m : f32
  }
  tile.return
}

tile.kernel @shapes(%vv: !tile.view<64xf32>, %xv: !tile.view<64x256xf32>, %tv: !tile.view<64x32xf32>, %cv: !tile.view<64x1xf32>,
                    %c0: f32) {
  %o = arith.constant 0 : index
  %z = tile.splat %c0 : f32 -> !tile.tile<64x96xf32>
  %v = tile.load %vv[%o] : !tile.view<64xf32> -> !tile.tile<64xf32>
  %m = tile.broadcast %v dim(1) : !tile.tile<64xf32> -> !tile.tile<64x256xf32>
  %x = tile.load %xv[%o, %o] : !tile.view<64x256xf32> -> !tile.tile<64x256xf32>
  %s = tile.reduce add %x dim(1) : !tile.tile<64x256xf32> -> !tile.tile<64xf32>
  tile.return
}

tile.kernel @vectors(%xv: !tile.view<64xf32>) {
  %o = arith.constant 0 : index
  %c63 = arith.constant 63 : index
  %x = tile.load %xv[%o] : !tile.view<64xf32> -> !tile.tile<64xf32>
  %same = tile.map(%v = %x : !tile.tile<64xf32>) -> !tile.tile<64xf32> {
    tile.yield %v : f32
  }
  %l = tile.prefix_sum %x dim(0) : !tile.tile<64xf32>
  %last = tile.extract %l[%c63] : !tile.tile<64xf32> -> f32
  tile.return
}

tile.kernel @recurrence(%uv: !tile.view<32x64xf32>, %bv: !tile.view<32x16xf32>, %rv: !tile.view<16x64xf32>, %n: index) {
  %o = arith.constant 0 : index
  %u = tile.load %uv[%o, %o] : !tile.view<32x64xf32> -> !tile.tile<32x64xf32>
  %step = tile.load %uv[%o, %o] : !tile.view<32x64xf32> -> !tile.tile<32x64xf32>
  %b = tile.load %bv[%o, %o] : !tile.view<32x16xf32> -> !tile.tile<32x16xf32>
  %c = tile.load %bv[%o, %o] : !tile.view<32x16xf32> -> !tile.tile<32x16xf32>
  %rate = tile.load %rv[%o, %o] : !tile.view<16x64xf32> -> !tile.tile<16x64xf32>
  %s0 = tile.load %rv[%o, %o] : !tile.view<16x64xf32> -> !tile.tile<16x64xf32>
  %y, %s1 = tile.recurrence %u, %step, %b, %c, %rate, %s0 count(%n)
      : !tile.tile<32x64xf32>, !tile.tile<32x16xf32>, !tile.tile<16x64xf32>
  tile.return
}

tile.kernel @transpose(%xv: !tile.view<64x32xf32>) {
  %o = arith.constant 0 : index
  %x = tile.load %xv[%o, %o] : !tile.view<64x32xf32> -> !tile.tile<64x32xf32>
  %t = tile.transpose %x : !tile.tile<64x32xf32> -> !tile.tile<32x64xf32>
  tile.return
}

tile.kernel @reshape(%xv: !tile.view<64x1xf32>) {
  %o = arith.constant 0 : index
  %x = tile.load %xv[%o, %o] : !tile.view<64x1xf32> -> !tile.tile<64x1xf32>
  %v = tile.reshape %x : !tile.tile<64x1xf32> -> !tile.tile<64xf32>
  tile.return
}

tile.kernel @contraction(%x: !tile.view<?x64xf32>) attributes {
    tile.config = #tile.contraction_config<rows = 128, columns = 256, depth = 64, stages = 4, groups = 2, raster = 16>} {
  tile.return
}

tile.kernel @attention(%q: !tile.view<?x64xf32>) attributes {
    tile.config = #tile.attention_config<queries = 128, keys = 128, stages = 2, groups = 2, raster = 1024>} {
  tile.return
}

tile.kernel @ssd_scan(%x: !tile.view<?x64xf32>) attributes {
    tile.config = #tile.ssd_scan_config<chunk = 64, block = 16, segments = 4, stages = 4, heads = 2>} {
  tile.return
}

tile.kernel @sequence_operators() {
  %c0 = arith.constant 0 : index
  %c63 = arith.constant 63 : index
  %n = arith.constant 40 : index
  %tokens = tile.ring : !tile.ring<2, 32x64xbf16>
  %factors = tile.ring : !tile.ring<2, 64x128xbf16>
  %vectors = tile.ring : !tile.ring<2, 64xf32>
  %s = tile.slot %tokens[%c0] : !tile.ring<2, 32x64xbf16>, index -> !tile.shared<32x64xbf16>
  %b = tile.slot %factors[%c0] : !tile.ring<2, 64x128xbf16>, index -> !tile.shared<64x128xbf16>
  %l = tile.slot %vectors[%c0] : !tile.ring<2, 64xf32>, index -> !tile.shared<64xf32>
  tile.clear_rows %b from %n : !tile.shared<64x128xbf16>
  %t = tile.load_transposed %s : !tile.shared<32x64xbf16> -> !tile.tile<64x32xbf16>
  tile.store_transposed %t to %s : !tile.tile<64x32xbf16> to !tile.shared<32x64xbf16>
  %last = tile.read_shared %l[%c63] : !tile.shared<64xf32> -> f32
  tile.return
}

tile.kernel @named_barriers() attributes {tile.schedule = #tile.schedule<warps = 8, persistent = true>} {
  %turn = tile.named_barrier warps(8) : !tile.named_barrier<2>
  tile.role "multiply" warps(0, 8) groups(2) registers(128) {
  ^bb0(%group: index):
    %c1 = arith.constant 1 : index
    %other = arith.subi %c1, %group : index
    tile.named_sync %turn[%group] : !tile.named_barrier<2>
    tile.named_arrive %turn[%other] : !tile.named_barrier<2>
    tile.end
  }
  tile.return
}
