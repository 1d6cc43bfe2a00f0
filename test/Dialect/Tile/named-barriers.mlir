// Named barriers: what they are made of, and one case for each constraint.
// RUN: braid-opt %s --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: tile.kernel @named
tile.kernel @named() attributes {tile.schedule = #tile.schedule<warps = 8, persistent = true>} {
  // CHECK: %[[TURN:.*]] = tile.named_barrier warps(8) : <2>
  %turn = tile.named_barrier warps(8) : !tile.named_barrier<2>
  tile.role "multiply" warps(0, 8) groups(2) registers(128) {
  ^bb0(%group: index):
    %c1 = arith.constant 1 : index
    %other = arith.subi %c1, %group : index
    // CHECK: tile.named_sync %[[TURN]][%{{.*}}] : <2>
    tile.named_sync %turn[%group] : !tile.named_barrier<2>
    // CHECK: tile.named_arrive %[[TURN]][%{{.*}}] : <2>
    tile.named_arrive %turn[%other] : !tile.named_barrier<2>
    tile.end
  }
  tile.return
}

// -----

tile.kernel @named_barrier_1() {
  // expected-error @+1 {{'tile.named_barrier' op attribute 'warps' failed to satisfy constraint}}
  %turn = tile.named_barrier warps(33) : !tile.named_barrier<2>
  tile.return
}

// -----

tile.kernel @named_barrier_2() {
  // expected-error @+1 {{'tile.named_barrier' op expects 1 to 15 barriers, found 16}}
  %turn = tile.named_barrier warps(8) : !tile.named_barrier<16>
  tile.return
}

// -----

tile.kernel @named_sync_1() attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  %turn = tile.named_barrier warps(8) : !tile.named_barrier<2>
  tile.role "load" warps(0, 4) groups(1) registers(128) one_thread {
  ^bb0(%group: index):
    // expected-error @+1 {{'tile.named_sync' op expects all threads of a role's group, found one}}
    tile.named_sync %turn[%group] : !tile.named_barrier<2>
    tile.end
  }
  tile.return
}

// -----

tile.kernel @named_arrive_1() attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  %turn = tile.named_barrier warps(8) : !tile.named_barrier<2>
  tile.role "load" warps(0, 4) groups(1) registers(128) {
  ^bb0(%group: index):
    tile.one_thread {
      // expected-error @+1 {{'tile.named_arrive' op expects all threads of a role's group, found one}}
      tile.named_arrive %turn[%group] : !tile.named_barrier<2>
    }
    tile.end
  }
  tile.return
}

// -----

tile.kernel @named_arrive_1_text() {
  %c0 = arith.constant 0 : index
  %turn = tile.named_barrier warps(8) : !tile.named_barrier<2>
  // expected-error @+1 {{'tile.named_arrive' op expects all threads of a role's group, found no role}}
  tile.named_arrive %turn[%c0] : !tile.named_barrier<2>
  tile.return
}
