// RUN: braid-opt %s --split-input-file --verify-diagnostics -o /dev/null

// One case at least for each numbered constraint; a case is named after the op or type and the constraint that it breaks.

// expected-error@+1 {{view expects rank 1 to 4, found 5}}
tile.kernel @view_1(%x: !tile.view<2x2x2x2x2xf32>) {
  tile.return
}

// -----

// expected-error@+1 {{view expects rank 1 to 4, found 0}}
tile.kernel @view_1_scalar(%x: !tile.view<f32>) {
  tile.return
}

// -----

// expected-error@+1 {{view expects element type f64, f32, f16, bf16, i32 or i64, found 'i8'}}
tile.kernel @view_2(%x: !tile.view<4xi8>) {
  tile.return
}

// -----

// expected-error@+1 {{view expects sizes of at least 1, found 0}}
tile.kernel @view_3(%x: !tile.view<?x0xf32>) {
  tile.return
}

// -----

// expected-error@+1 {{view expects fewer than 2^63 elements}}
tile.kernel @view_3_wraps(%x: !tile.view<4294967296x4294967296xf32>) {
  tile.return
}

// -----

// expected-error@+1 {{view without strides expects only its first size to be dynamic}}
tile.kernel @view_4(%x: !tile.view<?x?xf32>) {
  tile.return
}

// -----

// expected-error@+1 {{view expects 2 strides, found 1}}
tile.kernel @view_5_count(%x: !tile.view<?x4xf32, strides [1]>) {
  tile.return
}

// -----

// expected-error@+1 {{view expects strides of at least 1 of which the last is 1}}
tile.kernel @view_5_last(%x: !tile.view<?x4xf32, strides [4, 2]>) {
  tile.return
}

// -----

// expected-error@+1 {{view expects strides of at least 1 of which the last is 1}}
tile.kernel @view_5_zero(%x: !tile.view<?x4xf32, strides [0, 1]>) {
  tile.return
}

// -----

tile.kernel @tile_1(%x: !tile.view<?x4xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{tile expects rank 0 to 2, found 3}}
  %t = tile.load %x[%c0, %c0] : !tile.view<?x4xf32> -> !tile.tile<2x2x2xf32>
  tile.return
}

// -----

tile.kernel @tile_2(%x: !tile.view<?x4xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{tile expects static sizes from 1 to 2^30, found 0}}
  %t = tile.load %x[%c0, %c0] : !tile.view<?x4xf32> -> !tile.tile<2x0xf32>
  tile.return
}

// -----

tile.kernel @tile_2_large(%x: !tile.view<?x4xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{tile expects static sizes from 1 to 2^30, found 2147483648}}
  %t = tile.load %x[%c0, %c0] : !tile.view<?x4xf32> -> !tile.tile<2147483648xf32>
  tile.return
}

// -----

tile.kernel @tile_3(%x: !tile.view<?x4xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{tile expects element type f64, f32, f16, bf16, i32 or i64, found 'i8'}}
  %t = tile.load %x[%c0, %c0] : !tile.view<?x4xf32> -> !tile.tile<2x2xi8>
  tile.return
}

// -----

// expected-error@+1 {{'tile.kernel' op expects argument 1 to be a view, index, f64, f32, i64 or i32, found 'bf16'}}
tile.kernel @kernel_1(%n: index, %s: bf16) {
  tile.return
}

// -----

// expected-error@+1 {{'tile.kernel' op expects no results, found 1}}
"tile.kernel"() <{function_type = () -> index, sym_name = "kernel_2"}> ({
  "tile.return"() : () -> ()
}) : () -> ()

// -----

// expected-error@+1 {{'tile.kernel' op region #0 ('body') failed to verify constraint: region with 1 blocks}}
tile.kernel @kernel_3_blocks() {
  cf.br ^bb1
^bb1:
  tile.return
}

// -----

// expected-error@+1 {{'tile.kernel' op expects a body of one block that ends in 'tile.return'}}
tile.kernel @kernel_3_end() {
  llvm.unreachable
}

// -----

// expected-error @+1 {{'tile.kernel' op expects 'tile.unaligned' to be numbers of views, found array<i64: 1>}}
tile.kernel @kernel_5_number(%x: !tile.view<?x8xf32>) attributes {tile.unaligned = array<i64: 1>} {
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op expects 'tile.unaligned' to be numbers of views, found array<i64: 0>}}
tile.kernel @kernel_5_view(%n: index) attributes {tile.unaligned = array<i64: 0>} {
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op expects 'tile.unaligned' to be numbers of views, found 0 : i64}}
tile.kernel @kernel_5_array(%x: !tile.view<?x8xf32>) attributes {tile.unaligned = 0 : i64} {
  tile.return
}

// -----

tile.kernel @block_id_1() {
  // expected-error@+1 {{'tile.block_id' op attribute 'dimension' failed to satisfy constraint: 64-bit signless integer attribute whose minimum value is 0 whose maximum value is 2}}
  %b = tile.block_id 3
  tile.return
}

// -----

tile.kernel @dim_1(%x: !tile.view<?x4xf32>) {
  // expected-error@+1 {{'tile.dim' op expects a dimension below the view's rank 2, found 2}}
  %n = tile.dim %x, 2 : !tile.view<?x4xf32>
  tile.return
}

// -----

tile.kernel @load_1(%x: !tile.view<?x4xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.load' op expects 2 indices, one for each of the view's dimensions, found 1}}
  %t = tile.load %x[%c0] : !tile.view<?x4xf32> -> !tile.tile<4xf32>
  tile.return
}

// -----

tile.kernel @load_2(%x: !tile.view<?x4xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.load' op expects the view's element type 'f32', found 'bf16'}}
  %t = tile.load %x[%c0, %c0] : !tile.view<?x4xf32> -> !tile.tile<4xbf16>
  tile.return
}

// -----

tile.kernel @load_3(%x: !tile.view<?xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.load' op expects a tile of at most the view's rank 1, found 2}}
  %t = tile.load %x[%c0] : !tile.view<?xf32> -> !tile.tile<4x4xf32>
  tile.return
}

// -----

tile.kernel @load_4_rising(%x: !tile.view<?x4xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.load' op expects valid ranges for rising dimensions below 2}}
  %t = tile.load %x[%c0, %c0] valid(1 : %c0 to %c0, 0 : %c0 to %c0) : !tile.view<?x4xf32> -> !tile.tile<4xf32>
  tile.return
}

// -----

tile.kernel @load_4_range(%x: !tile.view<?x4xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.load' op expects valid ranges for rising dimensions below 2}}
  %t = tile.load %x[%c0, %c0] valid(2 : %c0 to %c0) : !tile.view<?x4xf32> -> !tile.tile<4xf32>
  tile.return
}

// -----

tile.kernel @load_4_bounds(%x: !tile.view<?x4xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.load' op expects valid ranges for rising dimensions below 2}}
  %t = "tile.load"(%x, %c0, %c0, %c0) <{operandSegmentSizes = array<i32: 1, 2, 1, 0>, validDims = array<i64: 0>}> : (!tile.view<?x4xf32>, index, index, index) -> !tile.tile<4xf32>
  tile.return
}

// -----

tile.kernel @store_1(%x: !tile.view<?x4xf32>, %s: f32) {
  %c0 = arith.constant 0 : index
  %t = tile.splat %s : f32 -> !tile.tile<4xf32>
  // expected-error@+1 {{'tile.store' op expects 2 indices, one for each of the view's dimensions, found 1}}
  tile.store %t, %x[%c0] : !tile.tile<4xf32> -> !tile.view<?x4xf32>
  tile.return
}

// -----

tile.kernel @store_2(%x: !tile.view<?x4xbf16>, %s: f32) {
  %c0 = arith.constant 0 : index
  %t = tile.splat %s : f32 -> !tile.tile<4xf32>
  // expected-error@+1 {{'tile.store' op expects the view's element type 'bf16', found 'f32'}}
  tile.store %t, %x[%c0, %c0] : !tile.tile<4xf32> -> !tile.view<?x4xbf16>
  tile.return
}

// -----

tile.kernel @store_3(%x: !tile.view<?xf32>, %s: f32) {
  %c0 = arith.constant 0 : index
  %t = tile.splat %s : f32 -> !tile.tile<4x4xf32>
  // expected-error@+1 {{'tile.store' op expects a tile of at most the view's rank 1, found 2}}
  tile.store %t, %x[%c0] : !tile.tile<4x4xf32> -> !tile.view<?xf32>
  tile.return
}

// -----

tile.kernel @store_4(%x: !tile.view<?x4xf32>, %s: f32) {
  %c0 = arith.constant 0 : index
  %t = tile.splat %s : f32 -> !tile.tile<4xf32>
  // expected-error@+1 {{'tile.store' op expects valid ranges for rising dimensions below 2}}
  tile.store %t, %x[%c0, %c0] valid(0 : %c0 to %c0, 0 : %c0 to %c0) : !tile.tile<4xf32> -> !tile.view<?x4xf32>
  tile.return
}

// -----

tile.kernel @read_1(%x: !tile.view<?x4xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.read' op expects 2 indices, one for each of the view's dimensions, found 1}}
  %r = tile.read %x[%c0] : !tile.view<?x4xf32> -> f32
  tile.return
}

// -----

tile.kernel @read_2(%x: !tile.view<?x4xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.read' op expects the view's element type 'f32', found 'f64'}}
  %r = tile.read %x[%c0, %c0] : !tile.view<?x4xf32> -> f64
  tile.return
}

// -----

tile.kernel @write_1(%x: !tile.view<?x4xf32>, %s: f32) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.write' op expects 2 indices, one for each of the view's dimensions, found 1}}
  tile.write %s, %x[%c0] : f32 -> !tile.view<?x4xf32>
  tile.return
}

// -----

tile.kernel @write_2(%x: !tile.view<?x4xbf16>, %s: f32) {
  %c0 = arith.constant 0 : index
  // expected-error@+1 {{'tile.write' op expects the view's element type 'bf16', found 'f32'}}
  tile.write %s, %x[%c0, %c0] : f32 -> !tile.view<?x4xbf16>
  tile.return
}

// -----

tile.kernel @mma_1_types(%av: !tile.view<4x8xf32>, %bv: !tile.view<8x6xbf16>, %cv: !tile.view<4x6xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  %b = tile.load %bv[%c0, %c0] : !tile.view<8x6xbf16> -> !tile.tile<8x6xbf16>
  %c = tile.load %cv[%c0, %c0] : !tile.view<4x6xf32> -> !tile.tile<4x6xf32>
  // expected-error@+1 {{'tile.mma' op expects operands of rank 2 and one element type f64, f32, f16 or bf16, found '!tile.tile<4x8xf32>' and '!tile.tile<8x6xbf16>'}}
  %r = tile.mma %a, %b, %c : !tile.tile<4x8xf32>, !tile.tile<8x6xbf16> -> !tile.tile<4x6xf32>
  tile.return
}

// -----

tile.kernel @mma_1_integers(%av: !tile.view<4x8xi32>, %bv: !tile.view<8x6xi32>, %cv: !tile.view<4x6xi32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xi32> -> !tile.tile<4x8xi32>
  %b = tile.load %bv[%c0, %c0] : !tile.view<8x6xi32> -> !tile.tile<8x6xi32>
  %c = tile.load %cv[%c0, %c0] : !tile.view<4x6xi32> -> !tile.tile<4x6xi32>
  // expected-error@+1 {{'tile.mma' op expects operands of rank 2 and one element type f64, f32, f16 or bf16, found '!tile.tile<4x8xi32>' and '!tile.tile<8x6xi32>'}}
  %r = tile.mma %a, %b, %c : !tile.tile<4x8xi32>, !tile.tile<8x6xi32> -> !tile.tile<4x6xi32>
  tile.return
}

// -----

tile.kernel @mma_2(%av: !tile.view<4x8xf32>, %bv: !tile.view<7x6xf32>, %cv: !tile.view<4x6xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  %b = tile.load %bv[%c0, %c0] : !tile.view<7x6xf32> -> !tile.tile<7x6xf32>
  %c = tile.load %cv[%c0, %c0] : !tile.view<4x6xf32> -> !tile.tile<4x6xf32>
  // expected-error@+1 {{'tile.mma' op expects equal contracted sizes, found 8 and 7}}
  %r = tile.mma %a, %b, %c : !tile.tile<4x8xf32>, !tile.tile<7x6xf32> -> !tile.tile<4x6xf32>
  tile.return
}

// -----

tile.kernel @mma_2_transposed(%av: !tile.view<4x8xf32>, %bv: !tile.view<8x6xf32>, %cv: !tile.view<4x8xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  %b = tile.load %bv[%c0, %c0] : !tile.view<8x6xf32> -> !tile.tile<8x6xf32>
  %c = tile.load %cv[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  // expected-error@+1 {{'tile.mma' op expects equal contracted sizes, found 8 and 6}}
  %r = tile.mma %a, %b, %c {transpose_b} : !tile.tile<4x8xf32>, !tile.tile<8x6xf32> -> !tile.tile<4x8xf32>
  tile.return
}

// -----

tile.kernel @mma_3(%av: !tile.view<4x8xf32>, %bv: !tile.view<8x6xf32>, %cv: !tile.view<6x4xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  %b = tile.load %bv[%c0, %c0] : !tile.view<8x6xf32> -> !tile.tile<8x6xf32>
  %c = tile.load %cv[%c0, %c0] : !tile.view<6x4xf32> -> !tile.tile<6x4xf32>
  // expected-error@+1 {{'tile.mma' op expects an accumulator of shape 4x6, found '!tile.tile<6x4xf32>'}}
  %r = tile.mma %a, %b, %c : !tile.tile<4x8xf32>, !tile.tile<8x6xf32> -> !tile.tile<6x4xf32>
  tile.return
}

// -----

tile.kernel @mma_4(%av: !tile.view<4x8xbf16>, %bv: !tile.view<8x6xbf16>, %cv: !tile.view<4x6xbf16>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xbf16> -> !tile.tile<4x8xbf16>
  %b = tile.load %bv[%c0, %c0] : !tile.view<8x6xbf16> -> !tile.tile<8x6xbf16>
  %c = tile.load %cv[%c0, %c0] : !tile.view<4x6xbf16> -> !tile.tile<4x6xbf16>
  // expected-error@+1 {{'tile.mma' op expects an accumulator of 'f32', found 'bf16'}}
  %r = tile.mma %a, %b, %c : !tile.tile<4x8xbf16>, !tile.tile<8x6xbf16> -> !tile.tile<4x6xbf16>
  tile.return
}

// -----

tile.kernel @mma_4_f64(%av: !tile.view<4x8xf64>, %bv: !tile.view<8x6xf64>, %cv: !tile.view<4x6xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf64> -> !tile.tile<4x8xf64>
  %b = tile.load %bv[%c0, %c0] : !tile.view<8x6xf64> -> !tile.tile<8x6xf64>
  %c = tile.load %cv[%c0, %c0] : !tile.view<4x6xf32> -> !tile.tile<4x6xf32>
  // expected-error@+1 {{'tile.mma' op expects an accumulator of 'f64', found 'f32'}}
  %r = tile.mma %a, %b, %c : !tile.tile<4x8xf64>, !tile.tile<8x6xf64> -> !tile.tile<4x6xf32>
  tile.return
}

// -----

tile.kernel @map_1(%av: !tile.view<4x8xf32>, %s: f64) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  // expected-error@+1 {{'tile.map' op expects operand 0 to have the result's shape, found '!tile.tile<4x8xf32>' for '!tile.tile<4x9xf32>'}}
  %r = tile.map(%e = %a : !tile.tile<4x8xf32>) -> !tile.tile<4x9xf32> {
    tile.yield %e : f32
  }
  tile.return
}

// -----

tile.kernel @map_2(%av: !tile.view<4x8xf32>, %s: f64) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  // expected-error@+1 {{'tile.map' op expects its region to take the operands' elements and then no index or 2 indices}}
  %r = tile.map(%e = %a : !tile.tile<4x8xf32>) at(%i) -> !tile.tile<4x8xf32> {
    tile.yield %e : f32
  }
  tile.return
}

// -----

tile.kernel @map_3(%av: !tile.view<4x8xf32>, %s: f64) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  // expected-error@+1 {{'tile.map' op expects its region to yield one 'f32'}}
  %r = tile.map(%e = %a : !tile.tile<4x8xf32>) -> !tile.tile<4x8xf32> {
    tile.yield %s : f64
  }
  tile.return
}

// -----

tile.kernel @map_4_memory(%av: !tile.view<4x8xf32>, %s: f64) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  %r = tile.map(%e = %a : !tile.tile<4x8xf32>) -> !tile.tile<4x8xf32> {
    // expected-error@+1 {{'tile.read' op is not allowed in 'tile.map', which expects element-wise operations on scalars}}
    %f = tile.read %av[%c0, %c0] : !tile.view<4x8xf32> -> f32
    tile.yield %f : f32
  }
  tile.return
}

// -----

tile.kernel @map_4_vector(%av: !tile.view<4x8xf32>, %s: f64) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  %r = tile.map(%e = %a : !tile.tile<4x8xf32>) -> !tile.tile<4x8xf32> {
    // expected-error@+1 {{'arith.constant' op is not allowed in 'tile.map', which expects element-wise operations on scalars}}
    %f = arith.constant dense<0.0> : vector<4xf32>
    tile.yield %e : f32
  }
  tile.return
}

// -----

tile.kernel @map_operand(%av: !tile.view<4x8xf32>, %s: f64) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  // expected-error@+1 {{expects operands of tile type, found 'f32'}}
  %r = tile.map(%e = %a : f32) -> !tile.tile<4x8xf32> {
    tile.yield %e : f32
  }
  tile.return
}

// -----

tile.kernel @splat_1(%s: f64) {
  // expected-error@+1 {{'tile.splat' op expects a scalar of 'f32', found 'f64'}}
  %t = tile.splat %s : f64 -> !tile.tile<4xf32>
  tile.return
}

// -----

tile.kernel @broadcast_1_rank(%vv: !tile.view<4xf32>) {
  %c0 = arith.constant 0 : index
  %v = tile.load %vv[%c0] : !tile.view<4xf32> -> !tile.tile<4xf32>
  // expected-error@+1 {{'tile.broadcast' op expects a vector and a result of rank 2 with its element type, found '!tile.tile<4xf32>' and '!tile.tile<4xf32>'}}
  %r = tile.broadcast %v dim(0) : !tile.tile<4xf32> -> !tile.tile<4xf32>
  tile.return
}

// -----

tile.kernel @broadcast_1_type(%vv: !tile.view<4xf32>) {
  %c0 = arith.constant 0 : index
  %v = tile.load %vv[%c0] : !tile.view<4xf32> -> !tile.tile<4xf32>
  // expected-error@+1 {{'tile.broadcast' op expects a vector and a result of rank 2 with its element type}}
  %r = tile.broadcast %v dim(0) : !tile.tile<4xf32> -> !tile.tile<4x4xbf16>
  tile.return
}

// -----

tile.kernel @broadcast_2(%vv: !tile.view<4xf32>) {
  %c0 = arith.constant 0 : index
  %v = tile.load %vv[%c0] : !tile.view<4xf32> -> !tile.tile<4xf32>
  // expected-error@+1 {{'tile.broadcast' op expects dimension 0 or 1, found 2}}
  %r = tile.broadcast %v dim(2) : !tile.tile<4xf32> -> !tile.tile<4x4xf32>
  tile.return
}

// -----

tile.kernel @broadcast_3(%vv: !tile.view<4xf32>) {
  %c0 = arith.constant 0 : index
  %v = tile.load %vv[%c0] : !tile.view<4xf32> -> !tile.tile<4xf32>
  // expected-error@+1 {{'tile.broadcast' op expects a vector of 8 elements, found 4}}
  %r = tile.broadcast %v dim(0) : !tile.tile<4xf32> -> !tile.tile<4x8xf32>
  tile.return
}

// -----

tile.kernel @reduce_1(%av: !tile.view<4x8xbf16>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xbf16> -> !tile.tile<4x8xbf16>
  // expected-error@+1 {{'tile.reduce' op expects an operand of rank 1 or 2 with element type f64, f32, i64 or i32, found '!tile.tile<4x8xbf16>'}}
  %r = tile.reduce add %a dim(0) : !tile.tile<4x8xbf16> -> !tile.tile<8xbf16>
  tile.return
}

// -----

tile.kernel @reduce_2(%av: !tile.view<4x8xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  // expected-error@+1 {{'tile.reduce' op expects a dimension below the operand's rank 2, found 2}}
  %r = tile.reduce add %a dim(2) : !tile.tile<4x8xf32> -> !tile.tile<8xf32>
  tile.return
}

// -----

tile.kernel @reduce_2_negative(%av: !tile.view<4x8xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  // expected-error@+1 {{'tile.reduce' op expects a dimension below the operand's rank 2, found -1}}
  %r = tile.reduce add %a dim(-1) : !tile.tile<4x8xf32> -> !tile.tile<8xf32>
  tile.return
}

// -----

tile.kernel @reduce_3(%av: !tile.view<4x8xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  // expected-error@+1 {{'tile.reduce' op expects the result '!tile.tile<8xf32>', found '!tile.tile<4xf32>'}}
  %r = tile.reduce add %a dim(0) : !tile.tile<4x8xf32> -> !tile.tile<4xf32>
  tile.return
}

// -----

tile.kernel @prefix_sum_1(%av: !tile.view<4x8xbf16>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xbf16> -> !tile.tile<4x8xbf16>
  // expected-error@+1 {{'tile.prefix_sum' op expects an operand of rank 1 or 2 with element type f64, f32, i64 or i32, found '!tile.tile<4x8xbf16>'}}
  %r = tile.prefix_sum %a dim(0) : !tile.tile<4x8xbf16>
  tile.return
}

// -----

tile.kernel @prefix_sum_2(%av: !tile.view<4x8xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  // expected-error@+1 {{'tile.prefix_sum' op expects a dimension below the operand's rank 2, found 2}}
  %r = tile.prefix_sum %a dim(2) : !tile.tile<4x8xf32>
  tile.return
}

// -----

tile.kernel @prefix_sum_2_negative(%av: !tile.view<4x8xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  // expected-error@+1 {{'tile.prefix_sum' op expects a dimension below the operand's rank 2, found -1}}
  %r = tile.prefix_sum %a dim(-1) : !tile.tile<4x8xf32>
  tile.return
}

// -----

tile.kernel @recurrence_1_tokens(%uv: !tile.view<4x8xf32>, %bv: !tile.view<5x3xf32>, %rv: !tile.view<3x8xf32>) {
  %c0 = arith.constant 0 : index
  %u = tile.load %uv[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  %b = tile.load %bv[%c0, %c0] : !tile.view<5x3xf32> -> !tile.tile<5x3xf32>
  %r = tile.load %rv[%c0, %c0] : !tile.view<3x8xf32> -> !tile.tile<3x8xf32>
  // expected-error@+1 {{'tile.recurrence' op expects u of T x D, b of T x N and rate of N x D, found '!tile.tile<4x8xf32>', '!tile.tile<5x3xf32>' and '!tile.tile<3x8xf32>'}}
  %y, %s = tile.recurrence %u, %u, %b, %b, %r, %r count(%c0) : !tile.tile<4x8xf32>, !tile.tile<5x3xf32>, !tile.tile<3x8xf32>
  tile.return
}

// -----

tile.kernel @recurrence_1_states(%uv: !tile.view<4x8xf32>, %bv: !tile.view<4x3xf32>, %rv: !tile.view<2x8xf32>) {
  %c0 = arith.constant 0 : index
  %u = tile.load %uv[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  %b = tile.load %bv[%c0, %c0] : !tile.view<4x3xf32> -> !tile.tile<4x3xf32>
  %r = tile.load %rv[%c0, %c0] : !tile.view<2x8xf32> -> !tile.tile<2x8xf32>
  // expected-error@+1 {{'tile.recurrence' op expects u of T x D, b of T x N and rate of N x D, found '!tile.tile<4x8xf32>', '!tile.tile<4x3xf32>' and '!tile.tile<2x8xf32>'}}
  %y, %s = tile.recurrence %u, %u, %b, %b, %r, %r count(%c0) : !tile.tile<4x8xf32>, !tile.tile<4x3xf32>, !tile.tile<2x8xf32>
  tile.return
}

// -----

tile.kernel @recurrence_1_columns(%uv: !tile.view<4x8xf32>, %bv: !tile.view<4x3xf32>, %rv: !tile.view<3x7xf32>) {
  %c0 = arith.constant 0 : index
  %u = tile.load %uv[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  %b = tile.load %bv[%c0, %c0] : !tile.view<4x3xf32> -> !tile.tile<4x3xf32>
  %r = tile.load %rv[%c0, %c0] : !tile.view<3x7xf32> -> !tile.tile<3x7xf32>
  // expected-error@+1 {{'tile.recurrence' op expects u of T x D, b of T x N and rate of N x D, found '!tile.tile<4x8xf32>', '!tile.tile<4x3xf32>' and '!tile.tile<3x7xf32>'}}
  %y, %s = tile.recurrence %u, %u, %b, %b, %r, %r count(%c0) : !tile.tile<4x8xf32>, !tile.tile<4x3xf32>, !tile.tile<3x7xf32>
  tile.return
}

// -----

tile.kernel @recurrence_2(%uv: !tile.view<4x8xbf16>, %bv: !tile.view<4x3xbf16>, %rv: !tile.view<3x8xbf16>) {
  %c0 = arith.constant 0 : index
  %u = tile.load %uv[%c0, %c0] : !tile.view<4x8xbf16> -> !tile.tile<4x8xbf16>
  %b = tile.load %bv[%c0, %c0] : !tile.view<4x3xbf16> -> !tile.tile<4x3xbf16>
  %r = tile.load %rv[%c0, %c0] : !tile.view<3x8xbf16> -> !tile.tile<3x8xbf16>
  // expected-error@+1 {{'tile.recurrence' op expects one element type, f32 or f64, found 'bf16', 'bf16' and 'bf16'}}
  %y, %s = tile.recurrence %u, %u, %b, %b, %r, %r count(%c0) : !tile.tile<4x8xbf16>, !tile.tile<4x3xbf16>, !tile.tile<3x8xbf16>
  tile.return
}

// -----

tile.kernel @recurrence_2_differ(%uv: !tile.view<4x8xf32>, %bv: !tile.view<4x3xf64>, %rv: !tile.view<3x8xf32>) {
  %c0 = arith.constant 0 : index
  %u = tile.load %uv[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  %b = tile.load %bv[%c0, %c0] : !tile.view<4x3xf64> -> !tile.tile<4x3xf64>
  %r = tile.load %rv[%c0, %c0] : !tile.view<3x8xf32> -> !tile.tile<3x8xf32>
  // expected-error@+1 {{'tile.recurrence' op expects one element type, f32 or f64, found 'f32', 'f64' and 'f32'}}
  %y, %s = tile.recurrence %u, %u, %b, %b, %r, %r count(%c0) : !tile.tile<4x8xf32>, !tile.tile<4x3xf64>, !tile.tile<3x8xf32>
  tile.return
}

// -----

tile.kernel @extract_1(%vv: !tile.view<4xf32>) {
  %c0 = arith.constant 0 : index
  %v = tile.load %vv[%c0] : !tile.view<4xf32> -> !tile.tile<4xf32>
  // expected-error@+1 {{'tile.extract' op expects 1 indices, one for each of the tile's dimensions, found 2}}
  %e = tile.extract %v[%c0, %c0] : !tile.tile<4xf32> -> f32
  tile.return
}

// -----

tile.kernel @extract_2(%vv: !tile.view<4xf32>) {
  %c0 = arith.constant 0 : index
  %v = tile.load %vv[%c0] : !tile.view<4xf32> -> !tile.tile<4xf32>
  // expected-error@+1 {{'tile.extract' op expects the tile's element type 'f32', found 'f64'}}
  %e = tile.extract %v[%c0] : !tile.tile<4xf32> -> f64
  tile.return
}

// -----

tile.kernel @extract_3(%vv: !tile.view<4xf32>) {
  %c0 = arith.constant 0 : index
  %v = tile.load %vv[%c0] : !tile.view<4xf32> -> !tile.tile<4xf32>
  %c4 = arith.constant 4 : index
  // expected-error@+1 {{'tile.extract' op expects index 0 below 4, found 4}}
  %e = tile.extract %v[%c4] : !tile.tile<4xf32> -> f32
  tile.return
}

// -----

tile.kernel @extract_3_negative(%vv: !tile.view<4xf32>) {
  %c0 = arith.constant 0 : index
  %v = tile.load %vv[%c0] : !tile.view<4xf32> -> !tile.tile<4xf32>
  %m = arith.constant -1 : index
  // expected-error@+1 {{'tile.extract' op expects index 0 below 4, found -1}}
  %e = tile.extract %v[%m] : !tile.tile<4xf32> -> f32
  tile.return
}

// -----

tile.kernel @transpose_1(%av: !tile.view<4x8xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  // expected-error@+1 {{'tile.transpose' op expects operand and result of rank 2 with exchanged sizes, found '!tile.tile<4x8xf32>' and '!tile.tile<4x8xf32>'}}
  %r = tile.transpose %a : !tile.tile<4x8xf32> -> !tile.tile<4x8xf32>
  tile.return
}

// -----

tile.kernel @transpose_1_type(%av: !tile.view<4x8xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  // expected-error@+1 {{'tile.transpose' op expects operand and result of rank 2 with exchanged sizes}}
  %r = tile.transpose %a : !tile.tile<4x8xf32> -> !tile.tile<8x4xbf16>
  tile.return
}

// -----

tile.kernel @reshape_1(%av: !tile.view<4x8xf32>) {
  %c0 = arith.constant 0 : index
  %a = tile.load %av[%c0, %c0] : !tile.view<4x8xf32> -> !tile.tile<4x8xf32>
  // expected-error@+1 {{'tile.reshape' op expects shapes that differ in dimensions of size 1 only, found '!tile.tile<4x8xf32>' and '!tile.tile<32xf32>'}}
  %r = tile.reshape %a : !tile.tile<4x8xf32> -> !tile.tile<32xf32>
  tile.return
}
