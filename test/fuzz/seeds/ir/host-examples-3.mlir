host.program @linear {
  %x = host.argument 0 tokens : !tile.view<?x4096xbf16>
  %y = host.result 0 tokens : !tile.view<?x1024xbf16>
}
