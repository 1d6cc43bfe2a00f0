// RUN: braid-opt %s --split-input-file --verify-diagnostics -o /dev/null

// One case at least for each numbered constraint; a case is named after the constraint that it breaks.

host.program @view_c1_type logits tokens {
  %p = host.buffer tokens : !tile.view<?x16xbf16>
  // expected-error@+1 {{'host.view' op expects the element type, leading size and leading stride of '!tile.view<?x16xbf16>', found '!tile.view<?x8xf32, strides [16, 1]>'}}
  %z = host.view %p from 0 : !tile.view<?x16xbf16> -> !tile.view<?x8xf32, strides [16, 1]>
}

// -----

host.program @view_c1_leading logits tokens {
  %p = host.buffer tokens : !tile.view<?x16xbf16>
  // expected-error@+1 {{'host.view' op expects the element type, leading size and leading stride of '!tile.view<?x16xbf16>', found '!tile.view<4x8xbf16, strides [16, 1]>'}}
  %z = host.view %p from 0 : !tile.view<?x16xbf16> -> !tile.view<4x8xbf16, strides [16, 1]>
}

// -----

host.program @view_c2_negative logits tokens {
  %p = host.buffer tokens : !tile.view<?x16xbf16>
  // expected-error@+1 {{'host.view' op expects elements -1 to 7 to lie within the 16 of an entry}}
  %z = host.view %p from -1 : !tile.view<?x16xbf16> -> !tile.view<?x8xbf16, strides [16, 1]>
}

// -----

host.program @view_c2_end logits tokens {
  %p = host.buffer tokens : !tile.view<?x16xbf16>
  // expected-error@+1 {{'host.view' op expects elements 9 to 17 to lie within the 16 of an entry}}
  %z = host.view %p from 9 : !tile.view<?x16xbf16> -> !tile.view<?x8xbf16, strides [16, 1]>
}

// -----

host.program @view_c2_run logits tokens {
  %p = host.buffer tokens : !tile.view<?x16xbf16>
  // expected-error@+1 {{'host.view' op expects elements 0 to 33 to lie within the 32 of a run of entries}}
  %z = host.view %p from 0 run 2 : !tile.view<?x16xbf16> -> !tile.view<?x33xbf16, strides [16, 1]>
}

// -----

host.program @view_c2_no_run logits tokens {
  %p = host.buffer tokens : !tile.view<?x16xbf16>
  // expected-error@+1 {{'host.view' op expects run to be at least 1 and its elements fewer than 2^63, found 0}}
  %z = host.view %p from 0 run 0 : !tile.view<?x16xbf16> -> !tile.view<?x8xbf16, strides [16, 1]>
}

// -----

host.program @view_c1_stride logits tokens {
  %p = host.buffer tokens : !tile.view<?x16xbf16>
  // expected-error@+1 {{'host.view' op expects the element type, leading size and leading stride of '!tile.view<?x16xbf16>', found '!tile.view<?x8xbf16>'}}
  %z = host.view %p from 0 : !tile.view<?x16xbf16> -> !tile.view<?x8xbf16>
}

// -----

host.program @launch_c1_nothing logits tokens {
  %n = host.size tokens
  // expected-error@+1 {{'host.launch' op refers to @nothing, which is no kernel}}
  host.launch @nothing grid(%n) () flops [0, 0, 0, 0] bytes [0, 0, 0, 0]
}

// -----

// expected-note@+1 {{the kernel takes '!tile.view<?x16xbf16>'}}
tile.kernel @text(%x: !tile.view<?x16xbf16>) {
  tile.return
}
host.program @launch_c1_types logits tokens {
  %n = host.size tokens
  %p = host.buffer tokens : !tile.view<?x8xbf16>
  // expected-error@+1 {{'host.launch' op expects the kernel's argument types, found '!tile.view<?x8xbf16>'}}
  host.launch @text grid(%n) (%p) flops [0, 0, 0, 0] bytes [0, 0, 0, 0] : !tile.view<?x8xbf16>
}

// -----

tile.kernel @text(%x: !tile.view<?x16xbf16>) {
  tile.return
}
host.program @launch_c2_none logits tokens {
  %p = host.buffer tokens : !tile.view<?x16xbf16>
  // expected-error@+1 {{'host.launch' op expects a grid of one to three sizes, found 0}}
  host.launch @text grid() (%p) flops [0, 0, 0, 0] bytes [0, 0, 0, 0] : !tile.view<?x16xbf16>
}

// -----

tile.kernel @text(%x: !tile.view<?x16xbf16>) {
  tile.return
}
host.program @launch_c2_four logits tokens {
  %n = host.size tokens
  %p = host.buffer tokens : !tile.view<?x16xbf16>
  // expected-error@+1 {{'host.launch' op expects a grid of one to three sizes, found 4}}
  host.launch @text grid(%n, %n, %n, %n) (%p) flops [0, 0, 0, 0] bytes [0, 0, 0, 0] : !tile.view<?x16xbf16>
}
