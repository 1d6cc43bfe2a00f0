// Rows reduced in parts, and rows made anew where an element asks for it.
// RUN: braid-opt %s --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: tile.kernel @rows
tile.kernel @rows() attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  tile.role "attend" warps(0, 4) groups(1) registers(128) {
  ^bb0(%group: index):
    %zero = arith.constant 0.0 : f32
    %p = tile.splat %zero : f32 -> !tile.tile<64x128xf32>
    %parts = tile.splat %zero : f32 -> !tile.tile<64x4xf32>
    // CHECK: tile.fold add %{{.*}} into %{{.*}} : <64x128xf32> into <64x4xf32>
    %l = tile.fold add %p into %parts : !tile.tile<64x128xf32> into !tile.tile<64x4xf32>
    %sum = tile.reduce add %l dim(1) : !tile.tile<64x4xf32> -> !tile.tile<64xf32>
    // CHECK: %{{.*}}:2 = tile.where_any %{{.*}} above %{{.*}} keep(%{{.*}}, %{{.*}}) : <64x4xf32> keep(!tile.tile<64x128xf32>, !tile.tile<64xf32>) {
    // CHECK: tile.replace %{{.*}}, %{{.*}} : !tile.tile<64x128xf32>, !tile.tile<64xf32>
    %r:2 = tile.where_any %l above %parts keep(%p, %sum) : !tile.tile<64x4xf32> keep(!tile.tile<64x128xf32>, !tile.tile<64xf32>) {
      %anew = tile.reduce max %l dim(1) : !tile.tile<64x4xf32> -> !tile.tile<64xf32>
      tile.replace %p, %anew : !tile.tile<64x128xf32>, !tile.tile<64xf32>
    }
    tile.end
  }
  tile.return
}

// -----

tile.kernel @fold_1(%p: !tile.view<64x12xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %x = tile.load %p[%c0, %c0] : !tile.view<64x12xf32> -> !tile.tile<64x12xf32>
  %parts = tile.splat %zero : f32 -> !tile.tile<64x4xf32>
  // expected-error @+1 {{'tile.fold' op expects a tile of f32 with columns a multiple of 8, found '!tile.tile<64x12xf32>'}}
  %l = tile.fold add %x into %parts : !tile.tile<64x12xf32> into !tile.tile<64x4xf32>
  tile.return
}

// -----

tile.kernel @fold_2() {
  %zero = arith.constant 0.0 : f32
  %x = tile.splat %zero : f32 -> !tile.tile<64x16xf32>
  %parts = tile.splat %zero : f32 -> !tile.tile<128x4xf32>
  // expected-error @+1 {{'tile.fold' op expects four parts of each of 64 rows in f32, found '!tile.tile<128x4xf32>'}}
  %l = tile.fold max %x into %parts : !tile.tile<64x16xf32> into !tile.tile<128x4xf32>
  tile.return
}

// -----

tile.kernel @where_any_1() {
  %zero = arith.constant 0.0 : f32
  %x = tile.splat %zero : f32 -> !tile.tile<64x8xf32>
  // expected-error @+1 {{'tile.where_any' op expects a value of four parts in f32 for a multiple of 64 rows, found '!tile.tile<64x8xf32>'}}
  %r = tile.where_any %x above %x keep(%x) : !tile.tile<64x8xf32> keep(!tile.tile<64x8xf32>) {
    tile.replace %x : !tile.tile<64x8xf32>
  }
  tile.return
}

// -----

tile.kernel @where_any_1_rows() {
  %zero = arith.constant 0.0 : f32
  %x = tile.splat %zero : f32 -> !tile.tile<32x4xf32>
  // expected-error @+1 {{'tile.where_any' op expects a value of four parts in f32 for a multiple of 64 rows, found '!tile.tile<32x4xf32>'}}
  %r = tile.where_any %x above %x keep(%x) : !tile.tile<32x4xf32> keep(!tile.tile<32x4xf32>) {
    tile.replace %x : !tile.tile<32x4xf32>
  }
  tile.return
}

// -----

tile.kernel @where_any_2() {
  %zero = arith.constant 0.0 : f32
  %x = tile.splat %zero : f32 -> !tile.tile<64x4xf32>
  %y = tile.splat %zero : f32 -> !tile.tile<32x8xf32>
  // expected-error @+1 {{'tile.where_any' op expects kept tiles of 64 rows, found '!tile.tile<32x8xf32>'}}
  %r = tile.where_any %x above %x keep(%y) : !tile.tile<64x4xf32> keep(!tile.tile<32x8xf32>) {
    tile.replace %y : !tile.tile<32x8xf32>
  }
  tile.return
}

// -----

tile.kernel @where_any_3() {
  %zero = arith.constant 0.0 : f32
  %x = tile.splat %zero : f32 -> !tile.tile<64x4xf32>
  %y = tile.splat %zero : f32 -> !tile.tile<64x8xf32>
  // expected-error @+1 {{'tile.where_any' op expects a region without arguments that ends in a 'tile.replace' of the results' types}}
  %r = tile.where_any %x above %x keep(%y) : !tile.tile<64x4xf32> keep(!tile.tile<64x8xf32>) {
    tile.replace %x : !tile.tile<64x4xf32>
  }
  tile.return
}

// -----

tile.kernel @where_any_4() attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  %full = tile.barrier arrivals(1) : !tile.barrier<1>
  tile.role "attend" warps(0, 4) groups(1) registers(128) {
  ^bb0(%group: index):
    %zero = arith.constant 0.0 : f32
    %x = tile.splat %zero : f32 -> !tile.tile<64x4xf32>
    %c = tile.start phase(0) : !tile.cursor<1>
    %r = tile.where_any %x above %x keep(%x) : !tile.tile<64x4xf32> keep(!tile.tile<64x4xf32>) {
      // expected-error @+1 {{'tile.wait' op is not allowed in 'tile.where_any', which expects work without side effects}}
      tile.wait %full[%c] : !tile.barrier<1>, !tile.cursor<1>
      tile.replace %x : !tile.tile<64x4xf32>
    }
    tile.end
  }
  tile.return
}

// -----

tile.kernel @read_shared_1() attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  %ring = tile.ring : !tile.ring<1, 8xi32>
  tile.role "attend" warps(0, 4) groups(1) registers(128) {
  ^bb0(%group: index):
    %c0 = arith.constant 0 : index
    %s = tile.slot %ring[%c0] : !tile.ring<1, 8xi32>, index -> !tile.shared<8xi32>
    // expected-error @+1 {{'tile.read_shared' op expects an element of a vector, found 'f32' of '!tile.shared<8xi32>'}}
    %n = tile.read_shared %s[%c0] : !tile.shared<8xi32> -> f32
    tile.end
  }
  tile.return
}

// -----

tile.kernel @write_shared_1() attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  %ring = tile.ring : !tile.ring<1, 8x8xf32>
  tile.role "attend" warps(0, 4) groups(1) registers(128) {
  ^bb0(%group: index):
    %c0 = arith.constant 0 : index
    %zero = arith.constant 0.0 : f32
    %s = tile.slot %ring[%c0] : !tile.ring<1, 8x8xf32>, index -> !tile.shared<8x8xf32>
    // expected-error @+1 {{'tile.write_shared' op expects an element of a vector, found 'f32' for '!tile.shared<8x8xf32>'}}
    tile.write_shared %zero, %s[%c0] : f32 to !tile.shared<8x8xf32>
    tile.end
  }
  tile.return
}

// -----

tile.kernel @clear_rows_1() attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  %ring = tile.ring : !tile.ring<1, 8xf32>
  tile.role "attend" warps(0, 4) groups(1) registers(128) {
  ^bb0(%group: index):
    %c0 = arith.constant 0 : index
    %s = tile.slot %ring[%c0] : !tile.ring<1, 8xf32>, index -> !tile.shared<8xf32>
    // expected-error @+1 {{'tile.clear_rows' op expects a tile of rank 2, found '!tile.shared<8xf32>'}}
    tile.clear_rows %s from %c0 : !tile.shared<8xf32>
    tile.end
  }
  tile.return
}
