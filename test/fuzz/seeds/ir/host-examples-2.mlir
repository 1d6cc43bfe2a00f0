host.program @planned logits tokens arena [64, 0, 0] {
  %n = host.size tokens
  %p = host.buffer tokens : !tile.view<?x18560xbf16>
  %z = host.view %p from 0 : !tile.view<?x18560xbf16> -> !tile.view<?x8192xbf16, strides [18560, 1]>
  %x = host.buffer rows : !tile.view<?x16xbf16>
  %y = host.array logits : !tile.view<?x16xbf16>
  host.launch @scale grid(%n) (%x, %y) flops [16, 0, 0, 0] bytes [64, 0, 0, 0] : !tile.view<?x16xbf16>, !tile.view<?x16xbf16>
}
