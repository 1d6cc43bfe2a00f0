// RUN: braid-opt %s --split-input-file --verify-diagnostics -o /dev/null

// The scheduled form: one case at least for each numbered constraint that an operation or type has by itself; those of rows
// and named barriers are in row-parts.mlir and named-barriers.mlir, those of a whole kernel in
// test/Conversion/TileToNVVM/verify-schedule.mlir.

tile.kernel @ring_1() {
  // expected-error@+1 {{ring expects at least one stage, found 0}}
  %r = tile.ring : !tile.ring<0, 64x64xbf16>
  tile.return
}

// -----

tile.kernel @ring_2() {
  // expected-error@+1 {{shared memory expects a tile of rank 1 or 2, found rank 3}}
  %r = tile.ring : !tile.ring<1, 2x64x64xbf16>
  tile.return
}

// -----

tile.kernel @ring_2_size() {
  // expected-error@+1 {{shared memory expects static sizes from 1 to 65536, found 65537}}
  %r = tile.ring : !tile.ring<1, 65537xbf16>
  tile.return
}

// -----

tile.kernel @ring_3() {
  // expected-error@+1 {{shared memory expects elements of f32, f16, bf16 or i32, found 'f64'}}
  %r = tile.ring : !tile.ring<1, 64x64xf64>
  tile.return
}

// -----

tile.kernel @shared_1() {
  %r = tile.ring : !tile.ring<1, 64x64xbf16>
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{shared memory expects a tile of rank 1 or 2, found rank 3}}
  %s = tile.slot %r[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<1x64x64xbf16>
  tile.return
}

// -----

tile.kernel @shared_2() {
  %r = tile.ring : !tile.ring<1, 64x64xbf16>
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{shared tile expects a pitch of at least its 64 rows, found 32}}
  %s = tile.slot %r[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16, pitch 32>
  tile.return
}

// -----

tile.kernel @barrier_1() {
  // expected-error@+1 {{'tile.barrier' op attribute 'arrivals' failed to satisfy constraint}}
  %b = tile.barrier arrivals(0) : !tile.barrier<1>
  tile.return
}

// -----

tile.kernel @role_1() {
  // expected-error@+1 {{'tile.role' op expects groups that divide its warps, found 3 groups of 4 warps}}
  tile.role "load" warps(0, 4) groups(3) registers(40) {
  ^bb0(%group: index):
    tile.end
  }
  tile.return
}

// -----

tile.kernel @role_3() {
  // expected-error@+1 {{'tile.role' op expects a multiple of 8 registers from 24 to 256, found 16}}
  tile.role "load" warps(0, 4) groups(1) registers(16) {
  ^bb0(%group: index):
    tile.end
  }
  tile.return
}

// -----

tile.kernel @role_3_unit() {
  // expected-error@+1 {{'tile.role' op expects a multiple of 8 registers from 24 to 256, found 44}}
  tile.role "load" warps(0, 4) groups(1) registers(44) {
  ^bb0(%group: index):
    tile.end
  }
  tile.return
}

// -----

tile.kernel @role_4() {
  // expected-error@+1 {{'tile.role' op expects a region with one index argument that ends in 'tile.end'}}
  tile.role "load" warps(0, 4) groups(1) registers(40) {
  ^bb0(%group: index):
    %c0 = arith.constant 0 : index
  }
  tile.return
}

// -----

tile.kernel @role_4_argument() {
  // expected-error@+1 {{'tile.role' op expects a region with one index argument that ends in 'tile.end'}}
  tile.role "load" warps(0, 4) groups(1) registers(40) {
    tile.end
  }
  tile.return
}

// -----

tile.kernel @grid_1() {
  // expected-error@+1 {{'tile.grid' op attribute 'dimension' failed to satisfy constraint}}
  %n = tile.grid 3
  tile.return
}

// -----

tile.kernel @start_1() {
  // expected-error@+1 {{'tile.start' op attribute 'phase' failed to satisfy constraint}}
  %c = tile.start phase(2) : !tile.cursor<4>
  tile.return
}

// -----

tile.kernel @slot_1() {
  %r = tile.ring : !tile.ring<4, 64x64xbf16>
  %c = tile.start phase(0) : !tile.cursor<3>
  // expected-error@+1 {{'tile.slot' op expects a cursor of 4 stages, found 3}}
  %s = tile.slot %r[%c] : !tile.ring<4, 64x64xbf16>, !tile.cursor<3> -> !tile.shared<64x64xbf16>
  tile.return
}

// -----

tile.kernel @slot_2() {
  %r = tile.ring : !tile.ring<4, 64x64xbf16>
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.slot' op expects result '!tile.shared<64x64xbf16>', found '!tile.shared<32x64xbf16>'}}
  %s = tile.slot %r[%c0] : !tile.ring<4, 64x64xbf16>, index -> !tile.shared<32x64xbf16>
  tile.return
}

// -----

tile.kernel @rows_1() {
  %r = tile.ring : !tile.ring<1, 64x64xbf16>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  // expected-error@+1 {{'tile.rows' op expects some rows of '!tile.shared<64x64xbf16>', found '!tile.shared<32x64xbf16>'}}
  %h = tile.rows %s from %c0 : !tile.shared<64x64xbf16> -> !tile.shared<32x64xbf16>
  tile.return
}

// -----

tile.kernel @rows_1_of_a_vector() {
  %r = tile.ring : !tile.ring<1, 64xf32>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 64xf32>, index -> !tile.shared<64xf32>
  // expected-error@+1 {{'tile.rows' op expects some rows of '!tile.shared<64xf32>', found '!tile.shared<128xf32>'}}
  %p = tile.rows %s from %c0 : !tile.shared<64xf32> -> !tile.shared<128xf32>
  tile.return
}

// -----

tile.kernel @panels_1() {
  %r = tile.ring : !tile.ring<1, 64x128xbf16>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 64x128xbf16>, index -> !tile.shared<64x128xbf16>
  // expected-error@+1 {{'tile.panels' op expects whole panels of '!tile.shared<64x128xbf16>', found '!tile.shared<64x32xbf16>'}}
  %h = tile.panels %s from %c0 : !tile.shared<64x128xbf16> -> !tile.shared<64x32xbf16>
  tile.return
}

// -----

tile.kernel @wait_1() {
  %b = tile.barrier arrivals(1) : !tile.barrier<4>
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.wait' op expects a cursor, found 'index'}}
  tile.wait %b[%c0] : !tile.barrier<4>, index
  tile.return
}

// -----

tile.kernel @wait_1_stages() {
  %b = tile.barrier arrivals(1) : !tile.barrier<4>
  %c = tile.start phase(0) : !tile.cursor<3>
  // expected-error@+1 {{'tile.wait' op expects a cursor of 4 stages, found 3}}
  tile.wait %b[%c] : !tile.barrier<4>, !tile.cursor<3>
  tile.return
}

// -----

tile.kernel @expect_1() {
  %b = tile.barrier arrivals(1) : !tile.barrier<4>
  %c = tile.start phase(0) : !tile.cursor<3>
  // expected-error@+1 {{'tile.expect' op expects a cursor of 4 stages, found 3}}
  tile.expect %b[%c] bytes(128) : !tile.barrier<4>, !tile.cursor<3>
  tile.return
}

// -----

tile.kernel @arrive_1() {
  %b = tile.barrier arrivals(1) : !tile.barrier<4>
  %c = tile.start phase(0) : !tile.cursor<3>
  // expected-error@+1 {{'tile.arrive' op expects a cursor of 4 stages, found 3}}
  tile.arrive %b[%c] : !tile.barrier<4>, !tile.cursor<3>
  tile.return
}

// -----

tile.kernel @arrive_2() {
  %b = tile.barrier arrivals(1) : !tile.barrier<1>
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.arrive' op expects 'each' or 'cluster', found both}}
  tile.arrive each cluster %b[%c0] : !tile.barrier<1>, index
  tile.return
}

// -----

tile.kernel @copy_in_1(%x: !tile.view<?x64xbf16>) {
  %r = tile.ring : !tile.ring<1, 64x64xbf16>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  // expected-error@+1 {{'tile.copy_in' op expects 2 indices, found 1}}
  tile.copy_in %x[%c0] to %s : !tile.view<?x64xbf16> to !tile.shared<64x64xbf16>
  tile.return
}

// -----

tile.kernel @copy_in_2(%x: !tile.view<?x64xbf16>) {
  %r = tile.ring : !tile.ring<1, 64x64xf16>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 64x64xf16>, index -> !tile.shared<64x64xf16>
  // expected-error@+1 {{'tile.copy_in' op expects a tile of at most rank 2 of 'bf16', found '!tile.shared<64x64xf16>'}}
  tile.copy_in %x[%c0, %c0] to %s : !tile.view<?x64xbf16> to !tile.shared<64x64xf16>
  tile.return
}

// -----

tile.kernel @copy_in_2_rank(%x: !tile.view<?xbf16>) {
  %r = tile.ring : !tile.ring<1, 64x64xbf16>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  // expected-error@+1 {{'tile.copy_in' op expects a tile of at most rank 1 of 'bf16', found '!tile.shared<64x64xbf16>'}}
  tile.copy_in %x[%c0] to %s : !tile.view<?xbf16> to !tile.shared<64x64xbf16>
  tile.return
}

// -----

tile.kernel @copy_in_3_unaligned(%x: !tile.view<?x64xbf16, strides [72, 1]>) attributes {tile.unaligned = array<i64: 0>} {
  %r = tile.ring : !tile.ring<1, 64x64xbf16>
  %b = tile.barrier arrivals(1) : !tile.barrier<1>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  // expected-error@+1 {{'tile.copy_in' op expects a view that the kernel's 'tile.unaligned' does not name}}
  tile.copy_in %x[%c0, %c0] to %s signals %b[%c0] : !tile.view<?x64xbf16, strides [72, 1]> to !tile.shared<64x64xbf16>, !tile.barrier<1>, index
  tile.return
}

// -----

tile.kernel @copy_in_3(%x: !tile.view<?x60xbf16>) {
  %r = tile.ring : !tile.ring<1, 64x64xbf16>
  %b = tile.barrier arrivals(1) : !tile.barrier<1>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  // expected-error@+1 {{'tile.copy_in' op expects strides that are multiples of 16 bytes, found 60 elements}}
  tile.copy_in %x[%c0, %c0] to %s signals %b[%c0] : !tile.view<?x60xbf16> to !tile.shared<64x64xbf16>, !tile.barrier<1>, index
  tile.return
}

// -----

tile.kernel @copy_in_3_rows(%x: !tile.view<?x64xbf16>) {
  %r = tile.ring : !tile.ring<1, 264x64xbf16>
  %b = tile.barrier arrivals(1) : !tile.barrier<1>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 264x64xbf16>, index -> !tile.shared<264x64xbf16>
  // expected-error@+1 {{'tile.copy_in' op expects at most 256 rows, found 264}}
  tile.copy_in %x[%c0, %c0] to %s signals %b[%c0] : !tile.view<?x64xbf16> to !tile.shared<264x64xbf16>, !tile.barrier<1>, index
  tile.return
}

// -----

tile.kernel @copy_in_4(%x: !tile.view<64x64xbf16>) {
  %r = tile.ring : !tile.ring<1, 64x64xbf16>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  // expected-error@+1 {{'tile.copy_in' op expects a barrier for a multicast copy, found none}}
  tile.copy_in multicast %x[%c0, %c0] to %s : !tile.view<64x64xbf16> to !tile.shared<64x64xbf16>
  tile.return
}

// -----

tile.kernel @copy_out_1(%x: !tile.view<?x64xbf16>) {
  %r = tile.ring : !tile.ring<1, 64x64xbf16>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  // expected-error@+1 {{'tile.copy_out' op expects 2 indices, found 1}}
  tile.copy_out %s to %x[%c0] : !tile.shared<64x64xbf16> to !tile.view<?x64xbf16>
  tile.return
}

// -----

tile.kernel @copy_out_2(%x: !tile.view<?x64xbf16>) {
  %r = tile.ring : !tile.ring<1, 64x64xf16>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 64x64xf16>, index -> !tile.shared<64x64xf16>
  // expected-error@+1 {{'tile.copy_out' op expects a tile of at most rank 2 of 'bf16', found '!tile.shared<64x64xf16>'}}
  tile.copy_out %s to %x[%c0, %c0] : !tile.shared<64x64xf16> to !tile.view<?x64xbf16>
  tile.return
}

// -----

tile.kernel @copy_out_2_rank(%x: !tile.view<?xbf16>) {
  %r = tile.ring : !tile.ring<1, 64x64xbf16>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  // expected-error@+1 {{'tile.copy_out' op expects a tile of at most rank 1 of 'bf16', found '!tile.shared<64x64xbf16>'}}
  tile.copy_out %s to %x[%c0] : !tile.shared<64x64xbf16> to !tile.view<?xbf16>
  tile.return
}

// -----

tile.kernel @copy_out_3_unaligned(%x: !tile.view<?x64xbf16, strides [72, 1]>) attributes {tile.unaligned = array<i64: 0>} {
  %r = tile.ring : !tile.ring<1, 64x64xbf16>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  // expected-error@+1 {{'tile.copy_out' op expects a view that the kernel's 'tile.unaligned' does not name}}
  tile.copy_out bulk %s to %x[%c0, %c0] : !tile.shared<64x64xbf16> to !tile.view<?x64xbf16, strides [72, 1]>
  tile.return
}

// -----

tile.kernel @copy_out_3(%x: !tile.view<?x60xbf16>) {
  %r = tile.ring : !tile.ring<1, 64x64xbf16>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  // expected-error@+1 {{'tile.copy_out' op expects strides that are multiples of 16 bytes, found 60 elements}}
  tile.copy_out bulk %s to %x[%c0, %c0] : !tile.shared<64x64xbf16> to !tile.view<?x60xbf16>
  tile.return
}

// -----

tile.kernel @copy_out_3_rows(%x: !tile.view<?x64xbf16>) {
  %r = tile.ring : !tile.ring<1, 264x64xbf16>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 264x64xbf16>, index -> !tile.shared<264x64xbf16>
  // expected-error@+1 {{'tile.copy_out' op expects at most 256 rows, found 264}}
  tile.copy_out bulk %s to %x[%c0, %c0] : !tile.shared<264x64xbf16> to !tile.view<?x64xbf16>
  tile.return
}

// -----

tile.kernel @mma_async_1() {
  %ra = tile.ring : !tile.ring<1, 64x64xbf16>
  %rb = tile.ring : !tile.ring<1, 64x64xf16>
  %c0 = arith.constant 0 : index
  %a = tile.slot %ra[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  %b = tile.slot %rb[%c0] : !tile.ring<1, 64x64xf16>, index -> !tile.shared<64x64xf16>
  // expected-error@+1 {{'tile.mma_async' op expects operands of the same type, bf16 or f16}}
  %r = tile.mma_async %a, %b : !tile.shared<64x64xbf16>, !tile.shared<64x64xf16> -> !tile.tile<64x64xf32>
  tile.return
}

// -----

tile.kernel @mma_async_1_f32() {
  %ra = tile.ring : !tile.ring<1, 64x64xf32>
  %rb = tile.ring : !tile.ring<1, 64x64xf32>
  %c0 = arith.constant 0 : index
  %a = tile.slot %ra[%c0] : !tile.ring<1, 64x64xf32>, index -> !tile.shared<64x64xf32>
  %b = tile.slot %rb[%c0] : !tile.ring<1, 64x64xf32>, index -> !tile.shared<64x64xf32>
  // expected-error@+1 {{'tile.mma_async' op expects operands of the same type, bf16 or f16}}
  %r = tile.mma_async %a, %b : !tile.shared<64x64xf32>, !tile.shared<64x64xf32> -> !tile.tile<64x64xf32>
  tile.return
}

// -----

tile.kernel @mma_async_2() {
  %ra = tile.ring : !tile.ring<1, 64x64xbf16>
  %rb = tile.ring : !tile.ring<1, 32x64xbf16>
  %c0 = arith.constant 0 : index
  %a = tile.slot %ra[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  %b = tile.slot %rb[%c0] : !tile.ring<1, 32x64xbf16>, index -> !tile.shared<32x64xbf16>
  // expected-error@+1 {{'tile.mma_async' op expects contracted sizes that agree and are a multiple of 16, found 64 and 32}}
  %r = tile.mma_async %a, %b : !tile.shared<64x64xbf16>, !tile.shared<32x64xbf16> -> !tile.tile<64x64xf32>
  tile.return
}

// -----

tile.kernel @mma_async_2_unit() {
  %ra = tile.ring : !tile.ring<1, 64x24xbf16>
  %rb = tile.ring : !tile.ring<1, 24x64xbf16>
  %c0 = arith.constant 0 : index
  %a = tile.slot %ra[%c0] : !tile.ring<1, 64x24xbf16>, index -> !tile.shared<64x24xbf16>
  %b = tile.slot %rb[%c0] : !tile.ring<1, 24x64xbf16>, index -> !tile.shared<24x64xbf16>
  // expected-error@+1 {{'tile.mma_async' op expects contracted sizes that agree and are a multiple of 16, found 24 and 24}}
  %r = tile.mma_async %a, %b : !tile.shared<64x24xbf16>, !tile.shared<24x64xbf16> -> !tile.tile<64x64xf32>
  tile.return
}

// -----

tile.kernel @mma_async_2_rank() {
  %ra = tile.ring : !tile.ring<1, 64xbf16>
  %rb = tile.ring : !tile.ring<1, 64x64xbf16>
  %c0 = arith.constant 0 : index
  %a = tile.slot %ra[%c0] : !tile.ring<1, 64xbf16>, index -> !tile.shared<64xbf16>
  %b = tile.slot %rb[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  // expected-error@+1 {{'tile.mma_async' op expects operands and result of rank 2}}
  %r = tile.mma_async %a, %b : !tile.shared<64xbf16>, !tile.shared<64x64xbf16> -> !tile.tile<64x64xf32>
  tile.return
}

// -----

tile.kernel @mma_async_3() {
  %ra = tile.ring : !tile.ring<1, 32x64xbf16>
  %rb = tile.ring : !tile.ring<1, 64x64xbf16>
  %c0 = arith.constant 0 : index
  %a = tile.slot %ra[%c0] : !tile.ring<1, 32x64xbf16>, index -> !tile.shared<32x64xbf16>
  %b = tile.slot %rb[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  // expected-error@+1 {{'tile.mma_async' op expects a result of f32 with rows a multiple of 64 and columns one of 8 up to 256, found '!tile.tile<32x64xf32>'}}
  %r = tile.mma_async %a, %b : !tile.shared<32x64xbf16>, !tile.shared<64x64xbf16> -> !tile.tile<32x64xf32>
  tile.return
}

// -----

tile.kernel @mma_async_3_columns() {
  %ra = tile.ring : !tile.ring<1, 64x64xbf16>
  %rb = tile.ring : !tile.ring<1, 64x264xbf16>
  %c0 = arith.constant 0 : index
  %a = tile.slot %ra[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  %b = tile.slot %rb[%c0] : !tile.ring<1, 64x264xbf16>, index -> !tile.shared<64x264xbf16>
  // expected-error@+1 {{'tile.mma_async' op expects a result of f32 with rows a multiple of 64 and columns one of 8 up to 256, found '!tile.tile<64x264xf32>'}}
  %r = tile.mma_async %a, %b : !tile.shared<64x64xbf16>, !tile.shared<64x264xbf16> -> !tile.tile<64x264xf32>
  tile.return
}

// -----

tile.kernel @mma_async_3_type() {
  %ra = tile.ring : !tile.ring<1, 64x64xbf16>
  %rb = tile.ring : !tile.ring<1, 64x64xbf16>
  %c0 = arith.constant 0 : index
  %a = tile.slot %ra[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  %b = tile.slot %rb[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  // expected-error@+1 {{'tile.mma_async' op expects a result of f32 with rows a multiple of 64 and columns one of 8 up to 256, found '!tile.tile<64x64xbf16>'}}
  %r = tile.mma_async %a, %b : !tile.shared<64x64xbf16>, !tile.shared<64x64xbf16> -> !tile.tile<64x64xbf16>
  tile.return
}

// -----

tile.kernel @mma_async_4(%x: !tile.view<64x64xbf16>) {
  %rb = tile.ring : !tile.ring<1, 64x64xbf16>
  %c0 = arith.constant 0 : index
  %a = tile.load %x[%c0, %c0] : !tile.view<64x64xbf16> -> !tile.tile<64x64xbf16>
  %b = tile.slot %rb[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  // expected-error@+1 {{'tile.mma_async' op expects an operand in registers not to be transposed}}
  %r = tile.mma_async %a, %b {transpose_a} : !tile.tile<64x64xbf16>, !tile.shared<64x64xbf16> -> !tile.tile<64x64xf32>
  tile.return
}

// -----

tile.kernel @mma_async_5() {
  %ra = tile.ring : !tile.ring<1, 64x64xbf16>
  %rb = tile.ring : !tile.ring<1, 64x64xbf16>
  %c0 = arith.constant 0 : index
  %a = tile.slot %ra[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  %b = tile.slot %rb[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  %zero = arith.constant 0.0 : f32
  %s = tile.splat %zero : f32 -> !tile.tile<64x32xf32>
  // expected-error@+1 {{'tile.mma_async' op expects an accumulator of the result's type}}
  %r = "tile.mma_async"(%a, %b, %s) : (!tile.shared<64x64xbf16>, !tile.shared<64x64xbf16>, !tile.tile<64x32xf32>) -> !tile.tile<64x64xf32>
  tile.return
}

// -----

tile.kernel @columns_1() {
  %zero = arith.constant 0.0 : f32
  %t = tile.splat %zero : f32 -> !tile.tile<64x64xf32>
  // expected-error@+1 {{'tile.columns' op expects columns of '!tile.tile<64x64xf32>' from a multiple of 8 on, found '!tile.tile<64x32xf32>'}}
  %h = tile.columns %t from 4 : !tile.tile<64x64xf32> -> !tile.tile<64x32xf32>
  tile.return
}

// -----

tile.kernel @columns_1_end() {
  %zero = arith.constant 0.0 : f32
  %t = tile.splat %zero : f32 -> !tile.tile<64x64xf32>
  // expected-error@+1 {{'tile.columns' op expects columns of '!tile.tile<64x64xf32>' from a multiple of 8 on, found '!tile.tile<64x32xf32>'}}
  %h = tile.columns %t from 40 : !tile.tile<64x64xf32> -> !tile.tile<64x32xf32>
  tile.return
}

// -----

tile.kernel @store_shared_1() {
  %r = tile.ring : !tile.ring<1, 64x64xf32>
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %t = tile.splat %zero : f32 -> !tile.tile<64x32xf32>
  %s = tile.slot %r[%c0] : !tile.ring<1, 64x64xf32>, index -> !tile.shared<64x64xf32>
  // expected-error@+1 {{'tile.store_shared' op expects the same shape and element type, found '!tile.tile<64x32xf32>' and '!tile.shared<64x64xf32>'}}
  tile.store_shared %t to %s : !tile.tile<64x32xf32> to !tile.shared<64x64xf32>
  tile.return
}

// -----

tile.kernel @load_shared_1() {
  %r = tile.ring : !tile.ring<1, 64x64xbf16>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
  // expected-error@+1 {{'tile.load_shared' op expects the same shape and element type, found '!tile.tile<64x64xf32>' and '!tile.shared<64x64xbf16>'}}
  %t = tile.load_shared %s : !tile.shared<64x64xbf16> -> !tile.tile<64x64xf32>
  tile.return
}

// -----

tile.kernel @load_transposed_1() {
  %r = tile.ring : !tile.ring<1, 32x64xf32>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 32x64xf32>, index -> !tile.shared<32x64xf32>
  // expected-error@+1 {{'tile.load_transposed' op expects the same elements of 16 bits, found '!tile.tile<64x32xf32>' and '!tile.shared<32x64xf32>'}}
  %t = tile.load_transposed %s : !tile.shared<32x64xf32> -> !tile.tile<64x32xf32>
  tile.return
}

// -----

tile.kernel @load_transposed_2() {
  %r = tile.ring : !tile.ring<1, 32x64xbf16>
  %c0 = arith.constant 0 : index
  %s = tile.slot %r[%c0] : !tile.ring<1, 32x64xbf16>, index -> !tile.shared<32x64xbf16>
  // expected-error@+1 {{'tile.load_transposed' op expects exchanged sizes, the tile's rows a multiple of 64 and its columns one of 16}}
  %t = tile.load_transposed %s : !tile.shared<32x64xbf16> -> !tile.tile<32x64xbf16>
  tile.return
}

// -----

tile.kernel @store_transposed_1(%x: !tile.view<64x32xf16>) {
  %r = tile.ring : !tile.ring<1, 32x64xbf16>
  %c0 = arith.constant 0 : index
  %t = tile.load %x[%c0, %c0] : !tile.view<64x32xf16> -> !tile.tile<64x32xf16>
  %s = tile.slot %r[%c0] : !tile.ring<1, 32x64xbf16>, index -> !tile.shared<32x64xbf16>
  // expected-error@+1 {{'tile.store_transposed' op expects the same elements of 16 bits}}
  tile.store_transposed %t to %s : !tile.tile<64x32xf16> to !tile.shared<32x64xbf16>
  tile.return
}

// -----

tile.kernel @store_transposed_2(%x: !tile.view<64x24xbf16>) {
  %r = tile.ring : !tile.ring<1, 24x64xbf16>
  %c0 = arith.constant 0 : index
  %t = tile.load %x[%c0, %c0] : !tile.view<64x24xbf16> -> !tile.tile<64x24xbf16>
  %s = tile.slot %r[%c0] : !tile.ring<1, 24x64xbf16>, index -> !tile.shared<24x64xbf16>
  // expected-error@+1 {{'tile.store_transposed' op expects exchanged sizes}}
  tile.store_transposed %t to %s : !tile.tile<64x24xbf16> to !tile.shared<24x64xbf16>
  tile.return
}
