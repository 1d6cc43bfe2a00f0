// SSD scans of sizes that Hopper's own schedule takes.
braid.state @s128 recurrent : tensor<128x64x128xf32>
func.func @scan128(%x: tensor<?x8192xbf16>, %dt: tensor<?x128xbf16>, %b: tensor<?x1024xbf16>, %c: tensor<?x1024xbf16>,
    %a_log: tensor<128xf32>, %d: tensor<128xf32>, %dt_bias: tensor<128xf32>, %rows: !braid.rows<segment>) -> tensor<?x8192xbf16> {
  %y = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@s128)
    {heads = 128 : i64, head_dim = 64 : i64, groups = 8 : i64, state_size = 128 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x8192xbf16>, tensor<?x128xbf16>, tensor<?x1024xbf16>, tensor<?x1024xbf16>, tensor<128xf32>,
       tensor<128xf32>, tensor<128xf32>, !braid.rows<segment>) -> tensor<?x8192xbf16>
  return %y : tensor<?x8192xbf16>
}
braid.state @s32 recurrent : tensor<32x64x128xf32>
func.func @scan32(%x: tensor<?x2048xbf16>, %dt: tensor<?x32xbf16>, %b: tensor<?x1024xbf16>, %c: tensor<?x1024xbf16>,
    %a_log: tensor<32xf32>, %d: tensor<32xf32>, %dt_bias: tensor<32xf32>, %rows: !braid.rows<segment>) -> tensor<?x2048xbf16> {
  %y = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@s32)
    {heads = 32 : i64, head_dim = 64 : i64, groups = 8 : i64, state_size = 128 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x2048xbf16>, tensor<?x32xbf16>, tensor<?x1024xbf16>, tensor<?x1024xbf16>, tensor<32xf32>,
       tensor<32xf32>, tensor<32xf32>, !braid.rows<segment>) -> tensor<?x2048xbf16>
  return %y : tensor<?x2048xbf16>
}
braid.state @s2 recurrent : tensor<2x64x128xf32>
func.func @scan2(%x: tensor<?x128xbf16>, %dt: tensor<?x2xbf16>, %b: tensor<?x128xbf16>, %c: tensor<?x128xbf16>,
    %a_log: tensor<2xf32>, %d: tensor<2xf32>, %dt_bias: tensor<2xf32>, %rows: !braid.rows<segment>) -> tensor<?x128xbf16> {
  %y = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@s2)
    {heads = 2 : i64, head_dim = 64 : i64, groups = 1 : i64, state_size = 128 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x128xbf16>, tensor<?x2xbf16>, tensor<?x128xbf16>, tensor<?x128xbf16>, tensor<2xf32>,
       tensor<2xf32>, tensor<2xf32>, !braid.rows<segment>) -> tensor<?x128xbf16>
  return %y : tensor<?x128xbf16>
}
braid.state @s8 recurrent : tensor<8x64x64xf32>
func.func @scan8(%x: tensor<?x512xbf16>, %dt: tensor<?x8xbf16>, %b: tensor<?x128xbf16>, %c: tensor<?x128xbf16>,
    %a_log: tensor<8xf32>, %d: tensor<8xf32>, %dt_bias: tensor<8xf32>, %rows: !braid.rows<segment>) -> tensor<?x512xbf16> {
  %y = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@s8)
    {heads = 8 : i64, head_dim = 64 : i64, groups = 2 : i64, state_size = 64 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x512xbf16>, tensor<?x8xbf16>, tensor<?x128xbf16>, tensor<?x128xbf16>, tensor<8xf32>,
       tensor<8xf32>, tensor<8xf32>, !braid.rows<segment>) -> tensor<?x512xbf16>
  return %y : tensor<?x512xbf16>
}
braid.state @s6 recurrent : tensor<6x64x80xf32>
func.func @scan6(%x: tensor<?x384xbf16>, %dt: tensor<?x6xbf16>, %b: tensor<?x240xbf16>, %c: tensor<?x240xbf16>,
    %a_log: tensor<6xf32>, %d: tensor<6xf32>, %dt_bias: tensor<6xf32>, %rows: !braid.rows<segment>) -> tensor<?x384xbf16> {
  %y = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@s6)
    {heads = 6 : i64, head_dim = 64 : i64, groups = 3 : i64, state_size = 80 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x384xbf16>, tensor<?x6xbf16>, tensor<?x240xbf16>, tensor<?x240xbf16>, tensor<6xf32>,
       tensor<6xf32>, tensor<6xf32>, !braid.rows<segment>) -> tensor<?x384xbf16>
  return %y : tensor<?x384xbf16>
}
// With the state after each whole chunk.
braid.state @saved128 recurrent : tensor<128x64x128xf32>
func.func @scan128_chunk_states(%x: tensor<?x8192xbf16>, %dt: tensor<?x128xbf16>, %b: tensor<?x1024xbf16>, %c: tensor<?x1024xbf16>,
    %a_log: tensor<128xf32>, %d: tensor<128xf32>, %dt_bias: tensor<128xf32>, %rows: !braid.rows<segment>) -> (tensor<?x8192xbf16>, tensor<?x8192xf32>) {
  %y:2 = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@saved128)
    {heads = 128 : i64, head_dim = 64 : i64, groups = 8 : i64, state_size = 128 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x8192xbf16>, tensor<?x128xbf16>, tensor<?x1024xbf16>, tensor<?x1024xbf16>, tensor<128xf32>,
       tensor<128xf32>, tensor<128xf32>, !braid.rows<segment>) -> (tensor<?x8192xbf16>, tensor<?x8192xf32>)
  return %y#0, %y#1 : tensor<?x8192xbf16>, tensor<?x8192xf32>
}
braid.state @saved6 recurrent : tensor<6x64x80xf32>
func.func @scan6_chunk_states(%x: tensor<?x384xbf16>, %dt: tensor<?x6xbf16>, %b: tensor<?x240xbf16>, %c: tensor<?x240xbf16>,
    %a_log: tensor<6xf32>, %d: tensor<6xf32>, %dt_bias: tensor<6xf32>, %rows: !braid.rows<segment>) -> (tensor<?x384xbf16>, tensor<?x240xf32>) {
  %y:2 = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@saved6)
    {heads = 6 : i64, head_dim = 64 : i64, groups = 3 : i64, state_size = 80 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x384xbf16>, tensor<?x6xbf16>, tensor<?x240xbf16>, tensor<?x240xbf16>, tensor<6xf32>,
       tensor<6xf32>, tensor<6xf32>, !braid.rows<segment>) -> (tensor<?x384xbf16>, tensor<?x240xf32>)
  return %y#0, %y#1 : tensor<?x384xbf16>, tensor<?x240xf32>
}
// Heads in slices of 64 channels: two of them in a block, and in segments, the last of a head shorter.
braid.state @scan64x80_state recurrent : tensor<64x80x112xf32>
func.func @scan64x80(%x: tensor<?x5120xbf16>, %dt: tensor<?x64xbf16>, %b: tensor<?x896xbf16>, %c: tensor<?x896xbf16>,
    %a_log: tensor<64xf32>, %d: tensor<64xf32>, %dt_bias: tensor<64xf32>, %rows: !braid.rows<segment>) -> tensor<?x5120xbf16> {
  %y = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@scan64x80_state)
    {heads = 64 : i64, head_dim = 80 : i64, groups = 8 : i64, state_size = 112 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x5120xbf16>, tensor<?x64xbf16>, tensor<?x896xbf16>, tensor<?x896xbf16>, tensor<64xf32>,
       tensor<64xf32>, tensor<64xf32>, !braid.rows<segment>) -> tensor<?x5120xbf16>
  return %y : tensor<?x5120xbf16>
}
braid.state @scan2x24_chunk_states_state recurrent : tensor<2x24x32xf32>
func.func @scan2x24_chunk_states(%x: tensor<?x48xbf16>, %dt: tensor<?x2xbf16>, %b: tensor<?x32xbf16>, %c: tensor<?x32xbf16>,
    %a_log: tensor<2xf32>, %d: tensor<2xf32>, %dt_bias: tensor<2xf32>, %rows: !braid.rows<segment>) -> (tensor<?x48xbf16>, tensor<?x12xf32>) {
  %y:2 = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@scan2x24_chunk_states_state)
    {heads = 2 : i64, head_dim = 24 : i64, groups = 1 : i64, state_size = 32 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x48xbf16>, tensor<?x2xbf16>, tensor<?x32xbf16>, tensor<?x32xbf16>, tensor<2xf32>,
       tensor<2xf32>, tensor<2xf32>, !braid.rows<segment>) -> (tensor<?x48xbf16>, tensor<?x12xf32>)
  return %y#0, %y#1 : tensor<?x48xbf16>, tensor<?x12xf32>
}
braid.state @scan3x80_state recurrent : tensor<3x80x16xf32>
func.func @scan3x80(%x: tensor<?x240xbf16>, %dt: tensor<?x3xbf16>, %b: tensor<?x48xbf16>, %c: tensor<?x48xbf16>,
    %a_log: tensor<3xf32>, %d: tensor<3xf32>, %dt_bias: tensor<3xf32>, %rows: !braid.rows<segment>) -> tensor<?x240xbf16> {
  %y = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@scan3x80_state)
    {heads = 3 : i64, head_dim = 80 : i64, groups = 3 : i64, state_size = 16 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x240xbf16>, tensor<?x3xbf16>, tensor<?x48xbf16>, tensor<?x48xbf16>, tensor<3xf32>,
       tensor<3xf32>, tensor<3xf32>, !braid.rows<segment>) -> tensor<?x240xbf16>
  return %y : tensor<?x240xbf16>
}
// States that fill the registers: 256 wide, or stored in bf16, whose rounding is multiplied too.
braid.state @scan104x256_state recurrent : tensor<104x64x256xf32>
func.func @scan104x256(%x: tensor<?x6656xbf16>, %dt: tensor<?x104xbf16>, %b: tensor<?x2048xbf16>, %c: tensor<?x2048xbf16>,
    %a_log: tensor<104xf32>, %d: tensor<104xf32>, %dt_bias: tensor<104xf32>, %rows: !braid.rows<segment>) -> tensor<?x6656xbf16> {
  %y = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@scan104x256_state)
    {heads = 104 : i64, head_dim = 64 : i64, groups = 8 : i64, state_size = 256 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x6656xbf16>, tensor<?x104xbf16>, tensor<?x2048xbf16>, tensor<?x2048xbf16>, tensor<104xf32>,
       tensor<104xf32>, tensor<104xf32>, !braid.rows<segment>) -> tensor<?x6656xbf16>
  return %y : tensor<?x6656xbf16>
}
braid.state @scan2x192_chunk_states_state recurrent : tensor<2x64x192xf32>
func.func @scan2x192_chunk_states(%x: tensor<?x128xbf16>, %dt: tensor<?x2xbf16>, %b: tensor<?x192xbf16>, %c: tensor<?x192xbf16>,
    %a_log: tensor<2xf32>, %d: tensor<2xf32>, %dt_bias: tensor<2xf32>, %rows: !braid.rows<segment>) -> (tensor<?x128xbf16>, tensor<?x192xf32>) {
  %y:2 = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@scan2x192_chunk_states_state)
    {heads = 2 : i64, head_dim = 64 : i64, groups = 1 : i64, state_size = 192 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x128xbf16>, tensor<?x2xbf16>, tensor<?x192xbf16>, tensor<?x192xbf16>, tensor<2xf32>,
       tensor<2xf32>, tensor<2xf32>, !braid.rows<segment>) -> (tensor<?x128xbf16>, tensor<?x192xf32>)
  return %y#0, %y#1 : tensor<?x128xbf16>, tensor<?x192xf32>
}
braid.state @scan104_bf16_state_state recurrent : tensor<104x64x128xbf16>
func.func @scan104_bf16_state(%x: tensor<?x6656xbf16>, %dt: tensor<?x104xbf16>, %b: tensor<?x1024xbf16>, %c: tensor<?x1024xbf16>,
    %a_log: tensor<104xf32>, %d: tensor<104xf32>, %dt_bias: tensor<104xf32>, %rows: !braid.rows<segment>) -> tensor<?x6656xbf16> {
  %y = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@scan104_bf16_state_state)
    {heads = 104 : i64, head_dim = 64 : i64, groups = 8 : i64, state_size = 128 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x6656xbf16>, tensor<?x104xbf16>, tensor<?x1024xbf16>, tensor<?x1024xbf16>, tensor<104xf32>,
       tensor<104xf32>, tensor<104xf32>, !braid.rows<segment>) -> tensor<?x6656xbf16>
  return %y : tensor<?x6656xbf16>
}
braid.state @scan2_bf16_state_state recurrent : tensor<2x80x64xbf16>
func.func @scan2_bf16_state(%x: tensor<?x160xbf16>, %dt: tensor<?x2xbf16>, %b: tensor<?x64xbf16>, %c: tensor<?x64xbf16>,
    %a_log: tensor<2xf32>, %d: tensor<2xf32>, %dt_bias: tensor<2xf32>, %rows: !braid.rows<segment>) -> tensor<?x160xbf16> {
  %y = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@scan2_bf16_state_state)
    {heads = 2 : i64, head_dim = 80 : i64, groups = 1 : i64, state_size = 64 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x160xbf16>, tensor<?x2xbf16>, tensor<?x64xbf16>, tensor<?x64xbf16>, tensor<2xf32>,
       tensor<2xf32>, tensor<2xf32>, !braid.rows<segment>) -> tensor<?x160xbf16>
  return %y : tensor<?x160xbf16>
}
// A wide state that is stored in bf16 is the general schedule's, which takes large heads in slices too.
braid.state @scan4x128_state recurrent : tensor<4x128x256xbf16>
func.func @scan4x128(%x: tensor<?x512xbf16>, %dt: tensor<?x4xbf16>, %b: tensor<?x256xbf16>, %c: tensor<?x256xbf16>,
    %a_log: tensor<4xf32>, %d: tensor<4xf32>, %dt_bias: tensor<4xf32>, %rows: !braid.rows<segment>) -> tensor<?x512xbf16> {
  %y = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@scan4x128_state)
    {heads = 4 : i64, head_dim = 128 : i64, groups = 1 : i64, state_size = 256 : i64, chunk = 128 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x512xbf16>, tensor<?x4xbf16>, tensor<?x256xbf16>, tensor<?x256xbf16>, tensor<4xf32>,
       tensor<4xf32>, tensor<4xf32>, !braid.rows<segment>) -> tensor<?x512xbf16>
  return %y : tensor<?x512xbf16>
}
