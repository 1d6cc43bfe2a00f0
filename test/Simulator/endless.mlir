// A role that goes in a circle waits for nobody, and nobody can tell before it runs.
// RUN: braid-opt %s --tile-verify-schedule -o /dev/null
// RUN: not braid-simulate %s --grid=1 2>&1 | FileCheck %s
// CHECK: error: 'scf.while' op in role "count" expects an end, found more than 1048576 turns
tile.kernel @circle() attributes {tile.schedule = #tile.schedule<warps = 1, persistent = true>} {
  tile.role "count" warps(0, 1) groups(1) registers(40) one_thread {
  ^bb0(%group: index):
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    scf.while (%i = %c0) : (index) -> (index) {
      %more = arith.cmpi sle, %i, %c1 : index
      scf.condition(%more) %i : index
    } do {
    ^bb0(%i: index):
      %other = arith.subi %c1, %i : index
      scf.yield %other : index
    }
    tile.end
  }
  tile.return
}
