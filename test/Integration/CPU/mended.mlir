// Functions that random modules showed to be compiled wrongly, each with what was wrong; docs/Attack.md has the list.
// RUN: braid-generate-modules --run --seed 1 --file %s | FileCheck %s
// RUN: braid-generate-modules --run --seed 2 --file %s | FileCheck %s
// CHECK: holds
braid.state @ssm recurrent : tensor<6x9x20xf32>

// A product of one column that another op takes as the factors of its rows: the op became part of the product's kernel,
// whose tiles have one column.
func.func @product_as_factor(%x: tensor<?x42xf32>, %w: tensor<1x42xf32>) -> tensor<?x42xf32> {
  %0 = braid.linear %x, %w : (tensor<?x42xf32>, tensor<1x42xf32>) -> tensor<?x1xf32>
  %1 = braid.scale_rows %x, %0 : (tensor<?x42xf32>, tensor<?x1xf32>) -> tensor<?x42xf32>
  return %1 : tensor<?x42xf32>
}
func.func @product_as_factor_of_one(%x: tensor<?x42xf32>, %w: tensor<1x42xf32>, %y: tensor<?x1xf32>) -> tensor<?x1xf32> {
  %0 = braid.linear %x, %w : (tensor<?x42xf32>, tensor<1x42xf32>) -> tensor<?x1xf32>
  %1 = braid.scale_rows %y, %0 : (tensor<?x1xf32>, tensor<?x1xf32>) -> tensor<?x1xf32>
  return %1 : tensor<?x1xf32>
}

// Factors of two types had no kernel.
func.func @mixed_factors(%x: tensor<?x33xbf16>, %w: tensor<17x33xf32>, %dy: tensor<?x17xf16>, %v: tensor<17x5xf64>)
    -> (tensor<?x17xf32>, tensor<?x5xbf16>, tensor<17x33xf32>) {
  %0 = braid.linear %x, %w : (tensor<?x33xbf16>, tensor<17x33xf32>) -> tensor<?x17xf32>
  %1 = braid.linear_input_gradient %dy, %v : (tensor<?x17xf16>, tensor<17x5xf64>) -> tensor<?x5xbf16>
  %2 = braid.linear_weight_gradient %dy, %x : (tensor<?x17xf16>, tensor<?x33xbf16>) -> tensor<17x33xf32>
  return %0, %1, %2 : tensor<?x17xf32>, tensor<?x5xbf16>, tensor<17x33xf32>
}

// Nor had an epilogue, or an op by itself, that computes in f64 with operands of other types.
func.func @mixed_epilogue(%x: tensor<?x66xbf16>, %w: tensor<7x66xbf16>, %bias: tensor<7xf64>, %r: tensor<?x7xf16>)
    -> (tensor<?x7xf64>, tensor<?x7xf64>) {
  %0 = braid.linear %x, %w bias(%bias) : (tensor<?x66xbf16>, tensor<7x66xbf16>, tensor<7xf64>) -> tensor<?x7xf64>
  %1 = braid.gate <relu2> %0, %0 : tensor<?x7xf64>
  %2 = braid.add %r, %1 : (tensor<?x7xf16>, tensor<?x7xf64>) -> tensor<?x7xf64>
  return %1, %2 : tensor<?x7xf64>, tensor<?x7xf64>
}

// Nor had a scan whose result, B or C have another type than x.
func.func @mixed_scan(%x: tensor<?x54xbf16>, %dt: tensor<?x6xf16>, %b: tensor<?x60xf32>, %c: tensor<?x60xf16>,
                      %a_log: tensor<6xf32>, %d: tensor<6xf64>, %dt_bias: tensor<6xbf16>, %rows: !braid.rows<segment>)
    -> tensor<?x54xf32> {
  %0 = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@ssm)
    {heads = 6 : i64, head_dim = 9 : i64, groups = 3 : i64, state_size = 20 : i64, chunk = 16 : i64,
     dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
    : (tensor<?x54xbf16>, tensor<?x6xf16>, tensor<?x60xf32>, tensor<?x60xf16>, tensor<6xf32>, tensor<6xf64>,
       tensor<6xbf16>, !braid.rows<segment>) -> tensor<?x54xf32>
  return %0 : tensor<?x54xf32>
}

// f64 to 16 bits called a library that is not there.
func.func @f64_to_16_bits(%x: tensor<?x37xf64>) -> (tensor<?x37xbf16>, tensor<?x37xf16>) {
  %0 = braid.cast %x : (tensor<?x37xf64>) -> tensor<?x37xbf16>
  %1 = braid.cast %x : (tensor<?x37xf64>) -> tensor<?x37xf16>
  return %0, %1 : tensor<?x37xbf16>, tensor<?x37xf16>
}

// Two last tokens of one value became one, and a value can be returned once; or became columns, which have no memory.
func.func @last_tokens(%x: tensor<?x12xf32>, %w: tensor<9x12xf32>, %rows: !braid.rows<segment>)
    -> (tensor<?x12xf32, #braid.per_row>, tensor<?x12xf32, #braid.per_row>, tensor<?x9xf32, #braid.per_row>,
        tensor<?x9xf32, #braid.per_row>, tensor<?x5xf32, #braid.per_row>) {
  %0 = braid.last_token %x rows(%rows) : (tensor<?x12xf32>, !braid.rows<segment>) -> tensor<?x12xf32, #braid.per_row>
  %1 = braid.last_token %x rows(%rows) : (tensor<?x12xf32>, !braid.rows<segment>) -> tensor<?x12xf32, #braid.per_row>
  %y = braid.linear %x, %w : (tensor<?x12xf32>, tensor<9x12xf32>) -> tensor<?x9xf32>
  %2 = braid.last_token %y rows(%rows) : (tensor<?x9xf32>, !braid.rows<segment>) -> tensor<?x9xf32, #braid.per_row>
  %3 = braid.last_token %y rows(%rows) : (tensor<?x9xf32>, !braid.rows<segment>) -> tensor<?x9xf32, #braid.per_row>
  %c = braid.columns %x from 3 : (tensor<?x12xf32>) -> tensor<?x5xf32>
  %4 = braid.last_token %c rows(%rows) : (tensor<?x5xf32>, !braid.rows<segment>) -> tensor<?x5xf32, #braid.per_row>
  return %0, %1, %2, %3, %4 : tensor<?x12xf32, #braid.per_row>, tensor<?x12xf32, #braid.per_row>,
    tensor<?x9xf32, #braid.per_row>, tensor<?x9xf32, #braid.per_row>, tensor<?x5xf32, #braid.per_row>
}

// What is query, key and value at once was counted once as it came and twice as it was stored: the rest was below zero.
braid.state @key kv : tensor<?x3x17xf64>
braid.state @value kv : tensor<?x3x17xbf16>
func.func @attention_of_one(%x: tensor<?x51xf64>, %rows: !braid.rows<step>) -> tensor<?x51xbf16> {
  %0 = braid.attention %x, %x, %x rows(%rows) state(@key, @value)
      {heads = 3 : i64, kv_heads = 3 : i64, head_dim = 17 : i64, scale = 0.25 : f64}
    : (tensor<?x51xf64>, tensor<?x51xf64>, tensor<?x51xf64>, !braid.rows<step>) -> tensor<?x51xbf16>
  return %0 : tensor<?x51xbf16>
}
