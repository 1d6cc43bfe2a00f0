//===- BraidSequenceOps.td - ops that carry a state along the rows -*- tablegen -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_BRAID_IR_BRAIDSEQUENCEOPS_TD
#define BRAID_DIALECT_BRAID_IR_BRAIDSEQUENCEOPS_TD

include "braid/Dialect/Braid/IR/BraidBase.td"

def Braid_StateResource : Resource<"::braid::StateResource">;

/// With a `state` symbol the op continues the row's slot and leaves its final state there; without, it starts from the
/// zero state and drops the final one.
class Braid_SequenceOp<string mnemonic, list<string> moreCosts = []> : Braid_Op<mnemonic, [
    DeclareOpInterfaceMethods<SequenceOpInterface,
      ["getTokenInputs", "getParameters", "getStateSymbols", "getStateTypes", "buildStep"]>,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>, DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<CostOpInterface, moreCosts>]>;

def Braid_CausalConv1dOp : Braid_SequenceOp<"causal_conv1d"> {
  let summary = "depthwise causal convolution along each row";
  let description = [{
    y[t, c] = activation(bias[c] + sum_{i<w} weight[c, 0, i] * x[t - (w-1) + i, c]);
    inputs before the row's first token come from its conv tail, the last w - 1
    inputs of the slot's sequence. Source: Dao and Gu, "Transformers are SSMs",
    section 7.1.

    State: `conv_tail` [w - 1, c].

    Constraints:
    * (causal_conv1d_c1) x and the result are [n, c], weight is [c, 1, w] with w >= 1;
    * (causal_conv1d_c2) bias, if present, is [c].

    ```mlir
    %y = braid.causal_conv1d <silu> %x, %w bias(%b) rows(%rows) state(@"layers.0.conv")
       : (tensor<?x1152xbf16>, tensor<1152x1x4xbf16>, tensor<1152xbf16>, !braid.rows<segment>) -> tensor<?x1152xbf16>
    ```
  }];
  let arguments = (ins Braid_ActivationAttr:$activation, Braid_Matrix:$x, TensorRankOf<[Braid_Float], [3]>:$weight,
                       Optional<Braid_Vector>:$bias, Braid_RowsType:$rows, OptionalAttr<FlatSymbolRefAttr>:$state);
  let results = (outs Braid_Matrix:$result);
  let assemblyFormat = [{
    $activation $x `,` $weight (`bias` `(` $bias^ `)`)? `rows` `(` $rows `)` (`state` `(` $state^ `)`)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Braid_SSDScanOp : Braid_SequenceOp<"ssd_scan"> {
  let summary = "state-space dual scan (Mamba-2)";
  let description = [{
    For head i of H with state S [P, N], and g = i / (H / G):
    d_t = clamp(softplus(dt[t, i] + dt_bias[i]), dt_min, dt_max), a = -exp(a_log[i]),
    S <- exp(d_t a) S + d_t x[t, i, :] (outer) b[t, g, :],
    y[t, i, :] = S c[t, g, :] + d[i] x[t, i, :]. Source: Dao and Gu,
    "Transformers are SSMs", equations 1 and 16. dt, the decay and the carry are
    f32 at least. `chunk` is how many tokens the segment form takes at a time; it
    does not change the mathematics.

    The second result, where it is asked for, is chunk_states: S after each whole
    chunk, chunks counted from the row's first token of the call. It is what enters
    the next chunk; what enters the first one is the row's stored state. The
    `chunk` entries of a chunk's tokens, one behind the other, are S [H, P, N] in
    row-major order: the chunk from token t on has S at element t (H P N / chunk) of
    the result. Entries of tokens behind a row's last whole chunk are zero.

    State: `recurrent` [H, P, N].

    Constraints:
    * (ssd_scan_c1) x and the result are [n, H * P], dt is [n, H], b and c are [n, G * N];
    * (ssd_scan_c2) a_log, d and dt_bias are [H];
    * (ssd_scan_c3) H, P, G, N and `chunk` are positive and G divides H;
    * (ssd_scan_c4) dt_min <= dt_max;
    * (ssd_scan_c5) chunk_states is [n, H * P * N / chunk] of f32, or of f64 where x is, and `chunk` divides H * P * N.

    ```mlir
    %y = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@"layers.0.ssm")
       {heads = 16 : i64, head_dim = 64 : i64, groups = 1 : i64, state_size = 128 : i64, chunk = 128 : i64,
        dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64}
       : (tensor<?x1024xbf16>, tensor<?x16xbf16>, tensor<?x128xbf16>, tensor<?x128xbf16>, tensor<16xf32>, tensor<16xf32>,
          tensor<16xf32>, !braid.rows<segment>) -> tensor<?x1024xbf16>
    ```
  }];
  let arguments = (ins Braid_Matrix:$x, Braid_Matrix:$dt, Braid_Matrix:$b, Braid_Matrix:$c, Braid_Vector:$a_log,
                       Braid_Vector:$d, Braid_Vector:$dt_bias, Braid_RowsType:$rows,
                       OptionalAttr<FlatSymbolRefAttr>:$state, I64Attr:$heads, I64Attr:$head_dim, I64Attr:$groups,
                       I64Attr:$state_size, I64Attr:$chunk, F64Attr:$dt_min, F64Attr:$dt_max);
  let results = (outs Braid_Matrix:$result, Optional<Braid_Matrix>:$chunk_states);
  let assemblyFormat = [{
    $x `,` $dt `,` $b `,` $c `,` $a_log `,` $d `,` $dt_bias `rows` `(` $rows `)` (`state` `(` $state^ `)`)? attr-dict
    `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = "::std::optional<::braid::SavedStates> getSavedStates();";
  let hasVerifier = 1;
}

def Braid_SelectiveScanOp : Braid_SequenceOp<"selective_scan", ["getExponentials"]> {
  let summary = "selective scan (Mamba-1)";
  let description = [{
    For channel i with state s [N]: d_t = softplus(dt[t, i] + dt_bias[i]),
    a = -exp(a_log[i, :]), s <- exp(d_t a) * s + d_t x[t, i] b[t, :],
    y[t, i] = s . c[t, :] + d[i] x[t, i]. Every channel and state decays by
    itself; b and c are shared by all channels. Source: Gu and Dao, "Mamba:
    Linear-Time Sequence Modeling with Selective State Spaces", algorithm 2 and
    equation 4, with the input discretised by Euler's rule as in its code. dt, the
    decay and the carry are f32 at least.

    State: `recurrent` [d_inner, N].

    Constraints:
    * (selective_scan_c1) x, dt and the result are [n, d_inner], b and c are [n, N];
    * (selective_scan_c2) a_log is [d_inner, N], d and dt_bias are [d_inner];
    * (selective_scan_c3) d_inner and N are static and positive.

    ```mlir
    %y = braid.selective_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@"layers.0.scan")
       : (tensor<?x1024xbf16>, tensor<?x1024xbf16>, tensor<?x16xbf16>, tensor<?x16xbf16>, tensor<1024x16xf32>,
          tensor<1024xf32>, tensor<1024xf32>, !braid.rows<segment>) -> tensor<?x1024xbf16>
    ```
  }];
  let arguments = (ins Braid_Matrix:$x, Braid_Matrix:$dt, Braid_Matrix:$b, Braid_Matrix:$c, Braid_Matrix:$a_log,
                       Braid_Vector:$d, Braid_Vector:$dt_bias, Braid_RowsType:$rows,
                       OptionalAttr<FlatSymbolRefAttr>:$state);
  let results = (outs Braid_Matrix:$result);
  let assemblyFormat = [{
    $x `,` $dt `,` $b `,` $c `,` $a_log `,` $d `,` $dt_bias `rows` `(` $rows `)` (`state` `(` $state^ `)`)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Braid_AttentionOp : Braid_SequenceOp<"attention"> {
  let summary = "causal softmax attention";
  let description = [{
    For query head i of `heads` and key-value head j = i / (heads / kv_heads):
    y[t, i, :] = sum_s softmax_s(scale * q[t, i, :] . k[s, j, :]) v[s, j, :] over all
    positions s up to and including t of the row's sequence, those stored in its
    slot first. Source: Vaswani et al., "Attention Is All You Need", section
    3.2.1; grouped heads: Ainslie et al., "GQA", section 2.2.

    The second result, where it is asked for, is log_sum_exp[t, i], the natural logarithm of
    the sum over s of exp(scale * q[t, i, :] . k[s, j, :]).

    States: `kv` keys and `kv` values, [?, kv_heads, head_dim] each.

    Constraints:
    * (attention_c1) q and the result are [n, heads * head_dim], k and v are [n, kv_heads * head_dim];
    * (attention_c2) heads, kv_heads and head_dim are positive and kv_heads divides heads;
    * (attention_c3) key and value states are given together or not at all;
    * (attention_c4) log_sum_exp is [n, heads] of f32, or of f64 where q is.

    ```mlir
    %y = braid.attention %q, %k, %v rows(%rows) state(@"layers.7.key", @"layers.7.value")
       {heads = 8 : i64, kv_heads = 2 : i64, head_dim = 64 : i64, scale = 0.125 : f64}
       : (tensor<?x512xbf16>, tensor<?x128xbf16>, tensor<?x128xbf16>, !braid.rows<segment>) -> tensor<?x512xbf16>
    ```
  }];
  let arguments = (ins Braid_Matrix:$q, Braid_Matrix:$k, Braid_Matrix:$v, Braid_RowsType:$rows,
                       OptionalAttr<FlatSymbolRefAttr>:$key_state, OptionalAttr<FlatSymbolRefAttr>:$value_state,
                       I64Attr:$heads, I64Attr:$kv_heads, I64Attr:$head_dim, F64Attr:$scale);
  let results = (outs Braid_Matrix:$result, Optional<Braid_Matrix>:$log_sum_exp);
  let assemblyFormat = [{
    $q `,` $k `,` $v `rows` `(` $rows `)` (`state` `(` $key_state^ `,` $value_state `)`)? attr-dict
    `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Braid_PositionsOp : Braid_Op<"positions", [Pure]> {
  let summary = "each token's position in its sequence";
  let description = [{
    positions[t] = length stored in the row's slot + index of t within its row.

    ```mlir
    %pos = braid.positions %rows : (!braid.rows<segment>) -> tensor<?xi64>
    ```
  }];
  let arguments = (ins Braid_RowsType:$rows);
  let results = (outs TensorRankOf<[I64], [1]>:$result);
  let assemblyFormat = "$rows attr-dict `:` functional-type(operands, results)";
}

def Braid_LastTokenOp : Braid_Op<"last_token", [Pure]> {
  let summary = "the last token of each row";
  let description = [{
    y[i, :] = x[row_start[i + 1] - 1, :].

    Constraints:
    * (last_token_c1) x is [n, d] and the result [b, d] of the same element type, with the encoding `#braid.per_row`.

    ```mlir
    %last = braid.last_token %x rows(%rows)
      : (tensor<?x512xbf16>, !braid.rows<segment>) -> tensor<?x512xbf16, #braid.per_row>
    ```
  }];
  let arguments = (ins Braid_Matrix:$x, Braid_RowsType:$rows);
  let results = (outs Braid_Matrix:$result);
  let assemblyFormat = "$x `rows` `(` $rows `)` attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

#endif // BRAID_DIALECT_BRAID_IR_BRAIDSEQUENCEOPS_TD
