tile.kernel @draw(%x: !tile.view<?xf32>, %counter: !tile.view<1xi64>)
    attributes {tile.work_counter = 1 : i64, tile.schedule = #tile.schedule<warps = 8, persistent = true>} {
  tile.role "choose" warps(0, 4) groups(1) registers(40) one_thread {
  ^bb0(%group: index):
    %n = tile.draw %counter : !tile.view<1xi64>
    tile.end
  }
  tile.role "work" warps(4, 4) groups(1) registers(128) {
  ^bb0(%group: index):
    tile.one_thread {
      %n = tile.draw %counter : !tile.view<1xi64>
    }
    tile.end
  }
  tile.return
}
