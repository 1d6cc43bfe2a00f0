// RUN: braid-opt %s --tile-verify-schedule --split-input-file --verify-diagnostics -o /dev/null

// What planted-faults.test does not reach by cutting lines out of a schedule. A case is named after the constraint of
// tile-verify-schedule that it breaks.

tile.kernel @arrivals_1() attributes {tile.schedule = #tile.schedule<warps = 1, persistent = true>} {
  // expected-note@+1 {{the barrier is made here}}
  %full = tile.barrier arrivals(1) : !tile.barrier<1>
  tile.role "load" warps(0, 1) groups(1) registers(40) {
  ^bb0(%group: index):
    %c0 = arith.constant 0 : index
    // expected-error@+1 {{'tile.arrive' op expects a wait for its barrier, found none}}
    tile.arrive %full[%c0] : !tile.barrier<1>, index
    tile.end
  }
  tile.return
}

// -----

tile.kernel @bytes_2(%x: !tile.view<?x64xbf16>) attributes {tile.schedule = #tile.schedule<warps = 1, persistent = true>} {
  %ring = tile.ring : !tile.ring<1, 64x64xbf16>
  %full = tile.barrier arrivals(1) : !tile.barrier<1>
  tile.role "load" warps(0, 1) groups(1) registers(40) one_thread {
  ^bb0(%group: index):
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c = tile.start phase(0) : !tile.cursor<1>
    %s = tile.slot %ring[%c] : !tile.ring<1, 64x64xbf16>, !tile.cursor<1> -> !tile.shared<64x64xbf16>
    scf.for %i = %c0 to %c1 step %c1 {
      // expected-error@+1 {{'tile.copy_in' op expects its bytes to be announced in its block, found no 'tile.expect'}}
      tile.copy_in %x[%c0, %c0] to %s signals %full[%c] : !tile.view<?x64xbf16> to !tile.shared<64x64xbf16>, !tile.barrier<1>, !tile.cursor<1>
    }
    tile.arrive %full[%c] : !tile.barrier<1>, !tile.cursor<1>
    tile.wait %full[%c] : !tile.barrier<1>, !tile.cursor<1>
    tile.end
  }
  tile.return
}

// -----

// expected-error@+1 {{'tile.kernel' op expects 1 to 32 warps, found 33}}
tile.kernel @roles_3_most() attributes {tile.schedule = #tile.schedule<warps = 33, persistent = true>} {
  tile.return
}

// -----

tile.kernel @roles_3_below() attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  // expected-error@+1 {{'tile.role' op expects warps below 4, found 7}}
  tile.role "all" warps(0, 8) groups(2) registers(40) {
  ^bb0(%group: index):
    tile.end
  }
  tile.return
}

// -----

tile.kernel @roles_3_own() attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  tile.role "load" warps(0, 4) groups(4) registers(40) {
  ^bb0(%group: index):
    tile.end
  }
  // expected-error@+1 {{'tile.role' op expects warps of its own, found warp 3 in role load}}
  tile.role "store" warps(3, 1) groups(1) registers(40) {
  ^bb0(%group: index):
    tile.end
  }
  tile.return
}

// -----

// expected-error@+1 {{'tile.kernel' op expects a role for every warp, found none for warp 3}}
tile.kernel @roles_3_all() attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  tile.role "load" warps(0, 3) groups(3) registers(40) {
  ^bb0(%group: index):
    tile.end
  }
  tile.return
}

// -----

tile.kernel @roles_3_budget() attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  tile.role "load" warps(0, 1) groups(1) registers(40) {
  ^bb0(%group: index):
    tile.end
  }
  // expected-error@+1 {{'tile.role' op expects its warpgroup's budget of 40 registers, found 48}}
  tile.role "store" warps(1, 3) groups(3) registers(48) {
  ^bb0(%group: index):
    tile.end
  }
  tile.return
}

// -----

tile.kernel @roles_3_groups() attributes {tile.schedule = #tile.schedule<warps = 5, persistent = true>} {
  tile.role "load" warps(0, 1) groups(1) registers(40) {
  ^bb0(%group: index):
    tile.end
  }
  // expected-error@+1 {{'tile.role' op expects groups of several warps to begin at a multiple of four, found 1}}
  tile.role "multiply" warps(1, 4) groups(1) registers(40) {
  ^bb0(%group: index):
    tile.end
  }
  tile.return
}

// -----

tile.kernel @finished_6() attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  %ring = tile.ring : !tile.ring<1, 64x64xbf16>
  tile.role "multiply" warps(0, 4) groups(1) registers(128) {
  ^bb0(%group: index):
    %c0 = arith.constant 0 : index
    %s = tile.slot %ring[%c0] : !tile.ring<1, 64x64xbf16>, index -> !tile.shared<64x64xbf16>
    // expected-error@+1 {{'tile.mma_async' op expects a wait for all products before its role ends, found none}}
    %r = tile.mma_async %s, %s : !tile.shared<64x64xbf16>, !tile.shared<64x64xbf16> -> !tile.tile<64x64xf32>
    tile.mma_wait pending(1)
    tile.end
  }
  tile.return
}

// -----

tile.kernel @end_9_constant() attributes {tile.schedule = #tile.schedule<warps = 1, persistent = true>} {
  tile.role "count" warps(0, 1) groups(1) registers(40) {
  ^bb0(%group: index):
    %c1 = arith.constant 1 : index
    // expected-error@+1 {{'scf.while' op expects a condition that turns or memory change, found one that is always the same}}
    scf.while (%i = %c1) : (index) -> (index) {
      %true = arith.constant true
      scf.condition(%true) %i : index
    } do {
    ^bb0(%i: index):
      %next = arith.addi %i, %c1 : index
      scf.yield %next : index
    }
    tile.end
  }
  tile.return
}

// -----

tile.kernel @end_9_carried() attributes {tile.schedule = #tile.schedule<warps = 1, persistent = true>} {
  tile.role "count" warps(0, 1) groups(1) registers(40) {
  ^bb0(%group: index):
    %c1 = arith.constant 1 : index
    %c9 = arith.constant 9 : index
    // expected-error@+1 {{'scf.while' op expects a condition that turns or memory change, found one that is always the same}}
    scf.while (%i = %c1, %j = %c1) : (index, index) -> (index, index) {
      %twice = arith.addi %i, %i : index
      %more = arith.cmpi slt, %twice, %c9 : index
      scf.condition(%more) %i, %j : index, index
    } do {
    ^bb0(%i: index, %j: index):
      %next = arith.addi %j, %c1 : index
      scf.yield %i, %next : index, index
    }
    tile.end
  }
  tile.return
}

// -----

// What a turn changes, or another one's value; and a loop that takes no turn.
tile.kernel @end_9_holds() attributes {tile.schedule = #tile.schedule<warps = 1, persistent = true>} {
  tile.role "count" warps(0, 1) groups(1) registers(40) {
  ^bb0(%group: index):
    %c1 = arith.constant 1 : index
    %c9 = arith.constant 9 : index
    scf.while (%i = %c1, %j = %c1) : (index, index) -> (index, index) {
      %more = arith.cmpi slt, %i, %c9 : index
      scf.condition(%more) %j, %i : index, index
    } do {
    ^bb0(%j: index, %i: index):
      %next = arith.addi %j, %c1 : index
      scf.yield %j, %next : index, index
    }
    scf.while : () -> () {
      %false = arith.constant false
      scf.condition(%false)
    } do {
      scf.yield
    }
    tile.end
  }
  tile.return
}
