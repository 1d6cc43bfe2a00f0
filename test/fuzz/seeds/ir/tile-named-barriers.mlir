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
