// A work counter and what draws from it, and one case for each constraint.
// RUN: braid-opt %s --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: tile.kernel @draw
// CHECK-SAME: tile.work_counter = 1 : i64
tile.kernel @draw(%x: !tile.view<?xf32>, %counter: !tile.view<1xi64>)
    attributes {tile.work_counter = 1 : i64, tile.schedule = #tile.schedule<warps = 8, persistent = true>} {
  tile.role "choose" warps(0, 4) groups(1) registers(40) one_thread {
  ^bb0(%group: index):
    // CHECK: %{{.*}} = tile.draw %{{.*}} : <1xi64>
    %n = tile.draw %counter : !tile.view<1xi64>
    tile.end
  }
  tile.role "work" warps(4, 4) groups(1) registers(128) {
  ^bb0(%group: index):
    tile.one_thread {
      // CHECK: tile.draw
      %n = tile.draw %counter : !tile.view<1xi64>
    }
    tile.end
  }
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op expects 'tile.work_counter' to be the number of an argument, found 1 : i64}}
tile.kernel @kernel_4_number(%counter: !tile.view<1xi64>) attributes {tile.work_counter = 1 : i64} {
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op expects 'tile.work_counter' to be the number of an argument, found "counter"}}
tile.kernel @kernel_4_name(%counter: !tile.view<1xi64>) attributes {tile.work_counter = "counter"} {
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op expects a work counter that is a view of one i64, found '!tile.view<1xi32>'}}
tile.kernel @kernel_4_type(%counter: !tile.view<1xi32>) attributes {tile.work_counter = 0 : i64} {
  tile.return
}

// -----

// expected-error @+1 {{'tile.kernel' op expects a work counter that is a view of one i64, found '!tile.view<2xi64>'}}
tile.kernel @kernel_4_shape(%counter: !tile.view<2xi64>) attributes {tile.work_counter = 0 : i64} {
  tile.return
}

// -----

tile.kernel @draw_1(%x: !tile.view<1xi64>, %counter: !tile.view<1xi64>)
    attributes {tile.work_counter = 1 : i64, tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  tile.role "choose" warps(0, 4) groups(1) registers(40) one_thread {
  ^bb0(%group: index):
    // expected-error @+1 {{'tile.draw' op expects the argument that its kernel's 'tile.work_counter' names, found another view}}
    %n = tile.draw %x : !tile.view<1xi64>
    tile.end
  }
  tile.return
}

// -----

tile.kernel @draw_1_none(%counter: !tile.view<1xi64>)
    attributes {tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  tile.role "choose" warps(0, 4) groups(1) registers(40) one_thread {
  ^bb0(%group: index):
    // expected-error @+1 {{'tile.draw' op expects the argument that its kernel's 'tile.work_counter' names, found another view}}
    %n = tile.draw %counter : !tile.view<1xi64>
    tile.end
  }
  tile.return
}

// -----

tile.kernel @draw_2(%counter: !tile.view<1xi64>)
    attributes {tile.work_counter = 0 : i64, tile.schedule = #tile.schedule<warps = 4, persistent = true>} {
  tile.role "choose" warps(0, 4) groups(1) registers(40) {
  ^bb0(%group: index):
    // expected-error @+1 {{'tile.draw' op expects one thread of a role, found all of a group}}
    %n = tile.draw %counter : !tile.view<1xi64>
    tile.end
  }
  tile.return
}

// -----

tile.kernel @draw_2_text(%counter: !tile.view<1xi64>) attributes {tile.work_counter = 0 : i64} {
  // expected-error @+1 {{'tile.draw' op expects one thread of a role, found no role}}
  %n = tile.draw %counter : !tile.view<1xi64>
  tile.return
}
