//===- BraidTokenOps.td - ops that work on each token by itself -*- tablegen -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_BRAID_IR_BRAIDTOKENOPS_TD
#define BRAID_DIALECT_BRAID_IR_BRAIDTOKENOPS_TD

include "braid/Dialect/Braid/IR/BraidBase.td"

/// Every result entry depends on the same entry of the operands' leading axis alone, so `last_token` may move above it.
def Tokenwise : NativeOpTrait<"Tokenwise"> { let cppNamespace = "::braid"; }

class Braid_TokenOp<string mnemonic, list<Trait> traits = []> : Braid_Op<mnemonic, [Pure, Tokenwise,
    DeclareOpInterfaceMethods<CostOpInterface>, DeclareOpInterfaceMethods<DecomposableOpInterface>] # traits>;

def Braid_EmbeddingOp : Braid_TokenOp<"embedding"> {
  let summary = "rows of a table, one for each token";
  let description = [{
    y[t, :] = table[tokens[t], :].

    Constraints:
    * (embedding_c1) the result is [n, d] for a table [vocab, d].

    ```mlir
    %h = braid.embedding %table, %tokens : (tensor<8192x512xbf16>, tensor<?xi32>) -> tensor<?x512xbf16>
    ```
  }];
  let arguments = (ins Braid_Matrix:$table, TensorRankOf<[I32], [1]>:$tokens);
  let results = (outs Braid_Matrix:$result);
  let assemblyFormat = "$table `,` $tokens attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

/// The forms of a linear layer's product: see ContractionOpInterface.
class Braid_ContractionOp<string mnemonic, list<Trait> traits = []> : Braid_Op<mnemonic, [Pure,
    DeclareOpInterfaceMethods<CostOpInterface>, DeclareOpInterfaceMethods<DecomposableOpInterface>,
    ContractionOpInterface] # traits> {
  let hasVerifier = 1;
}

def Braid_LinearOp : Braid_ContractionOp<"linear", [Tokenwise]> {
  let summary = "y = x W^T + b";
  let description = [{
    y[t, j] = sum_k x[t, k] * weight[j, k] + bias[j], accumulated in f32 (f64 for
    f64) in rising k.

    Constraints:
    * (linear_c1) x is [n, k], weight [m, k], the result [n, m];
    * (linear_c2) bias, if present, is [m].

    ```mlir
    %y = braid.linear %x, %w bias(%b) : (tensor<?x512xbf16>, tensor<64x512xbf16>, tensor<64xbf16>) -> tensor<?x64xbf16>
    ```
  }];
  let arguments = (ins Braid_Matrix:$x, Braid_Matrix:$weight, Optional<Braid_Vector>:$bias);
  let results = (outs Braid_Matrix:$result);
  let assemblyFormat = "$x `,` $weight (`bias` `(` $bias^ `)`)? attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = [{
    ::mlir::Value getLeft() { return getX(); }
    ::mlir::Value getRight() { return getWeight(); }
    bool isLeftTransposed() { return false; }
    bool isRightTransposed() { return true; }
    ::mlir::Value getColumnBias() { return getBias(); }
  }];
}

def Braid_LinearInputGradientOp : Braid_ContractionOp<"linear_input_gradient", [Tokenwise]> {
  let summary = "dx = dy W";
  let description = [{
    dx[t, k] = sum_j dy[t, j] * weight[j, k], accumulated in f32 (f64 for f64) in
    rising j: the adjoint of `linear` for x.

    Constraints:
    * (linear_input_gradient_c1) dy is [n, m], weight [m, k], the result [n, k].

    ```mlir
    %dx = braid.linear_input_gradient %dy, %w : (tensor<?x64xbf16>, tensor<64x512xbf16>) -> tensor<?x512xbf16>
    ```
  }];
  let arguments = (ins Braid_Matrix:$dy, Braid_Matrix:$weight);
  let results = (outs Braid_Matrix:$result);
  let assemblyFormat = "$dy `,` $weight attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = [{
    ::mlir::Value getLeft() { return getDy(); }
    ::mlir::Value getRight() { return getWeight(); }
    bool isLeftTransposed() { return false; }
    bool isRightTransposed() { return false; }
  }];
}

def Braid_LinearWeightGradientOp : Braid_ContractionOp<"linear_weight_gradient"> {
  let summary = "dW = dy^T x";
  let description = [{
    dW[j, k] = sum_t dy[t, j] * x[t, k], accumulated in f32 (f64 for f64) in
    rising t: the adjoint of `linear` for its weight.

    Constraints:
    * (linear_weight_gradient_c1) dy is [n, m], x [n, k], the result [m, k].

    ```mlir
    %dw = braid.linear_weight_gradient %dy, %x : (tensor<?x64xbf16>, tensor<?x512xbf16>) -> tensor<64x512xf32>
    ```
  }];
  let arguments = (ins Braid_Matrix:$dy, Braid_Matrix:$x);
  let results = (outs Braid_Matrix:$result);
  let assemblyFormat = "$dy `,` $x attr-dict `:` functional-type(operands, results)";
  let extraClassDeclaration = [{
    ::mlir::Value getLeft() { return getDy(); }
    ::mlir::Value getRight() { return getX(); }
    bool isLeftTransposed() { return true; }
    bool isRightTransposed() { return false; }
  }];
}

def Braid_RMSNormOp : Braid_TokenOp<"rms_norm"> {
  let summary = "root-mean-square normalisation of each token";
  let description = [{
    y = x * rsqrt(mean(x^2) + eps) * w, with w = weight, or 1 + weight with
    `plus_one`. Statistics in f32. Source: Zhang and Sennrich, "Root Mean Square
    Layer Normalization", section 3.

    Constraints:
    * (rms_norm_c1) x and the result are [n, d], weight is [d].

    ```mlir
    %y = braid.rms_norm %x, %w {eps = 1.0e-5 : f64} : (tensor<?x512xf32>, tensor<512xbf16>) -> tensor<?x512xbf16>
    ```
  }];
  let arguments = (ins Braid_Matrix:$x, Braid_Vector:$weight, F64Attr:$eps, UnitAttr:$plus_one);
  let results = (outs Braid_Matrix:$result);
  let assemblyFormat = "$x `,` $weight attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Braid_LayerNormOp : Braid_TokenOp<"layer_norm"> {
  let summary = "layer normalisation of each token";
  let description = [{
    y = (x - mean(x)) * rsqrt(var(x) + eps) * w + bias, with w = weight, or
    1 + weight with `plus_one`. Statistics in f32. Source: Ba, Kiros and Hinton,
    "Layer Normalization", section 3.

    Constraints:
    * (layer_norm_c1) x and the result are [n, d], weight and bias are [d].

    ```mlir
    %y = braid.layer_norm %x, %w, %b {eps = 1.0e-5 : f64, plus_one}
       : (tensor<?x512xbf16>, tensor<512xbf16>, tensor<512xbf16>) -> tensor<?x512xbf16>
    ```
  }];
  let arguments = (ins Braid_Matrix:$x, Braid_Vector:$weight, Braid_Vector:$bias, F64Attr:$eps, UnitAttr:$plus_one);
  let results = (outs Braid_Matrix:$result);
  let assemblyFormat = "$x `,` $weight `,` $bias attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Braid_GatedRMSNormOp : Braid_TokenOp<"gated_rms_norm"> {
  let summary = "gate, then root-mean-square normalisation in groups";
  let description = [{
    v = x * silu(gate); y = v * rsqrt(mean_g(v^2) + eps) * weight, where mean_g is
    over each of `groups` runs of d / groups consecutive channels. Source: Dao
    and Gu, "Transformers are SSMs", section 7.1; the reference is
    `RMSNormGated(norm_before_gate=False)` of mamba_ssm.

    Constraints:
    * (gated_rms_norm_c1) x, gate and the result are [n, d], weight is [d];
    * (gated_rms_norm_c2) `groups` is positive and divides d.

    ```mlir
    %y = braid.gated_rms_norm %x, %z, %w {eps = 1.0e-5 : f64, groups = 8 : i64}
       : (tensor<?x8192xbf16>, tensor<?x8192xbf16>, tensor<8192xbf16>) -> tensor<?x8192xbf16>
    ```
  }];
  let arguments = (ins Braid_Matrix:$x, Braid_Matrix:$gate, Braid_Vector:$weight, F64Attr:$eps, I64Attr:$groups);
  let results = (outs Braid_Matrix:$result);
  let assemblyFormat = "$x `,` $gate `,` $weight attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Braid_RopeOp : Braid_TokenOp<"rope"> {
  let summary = "rotary position embedding";
  let description = [{
    Rotates, in each head, the pairs (i, i + r/2) for i < r/2, r = `rotary_dim`,
    by position * f_i with f_i = base^(-2i/r) (the rotate-half layout); other
    channels pass through. Source: Su et al., "RoFormer", section 3.2.2.

    `factor` stretches a model to longer contexts. Alone it divides every f_i
    ("linear" scaling). With the other three, f_i is kept where it turns at least
    `high_freq_factor` times within `original_context` tokens, divided where it
    turns at most `low_freq_factor` times, and between the two weighted by turns
    ("llama3"): f_i * (s + (1 - s) / factor), where s is (original_context * f_i /
    2 pi - low_freq_factor) / (high_freq_factor - low_freq_factor) held in [0, 1].

    Constraints:
    * (rope_c1) x and the result are [n, heads * head_dim];
    * (rope_c2) `rotary_dim` is even, positive and at most `head_dim`;
    * (rope_c3) positions is [n];
    * (rope_c4) `base` and `factor` are positive and finite;
    * (rope_c5) `low_freq_factor`, `high_freq_factor` and `original_context` are
      there all or none, and `factor` with them;
    * (rope_c6) 0 <= `low_freq_factor` < `high_freq_factor`, finite, and
      `original_context` is positive and below 2^31.

    ```mlir
    %y = braid.rope %x, %pos {base = 1.0e4 : f64, head_dim = 64 : i64, rotary_dim = 64 : i64}
       : (tensor<?x512xbf16>, tensor<?xi64>) -> tensor<?x512xbf16>
    %z = braid.rope %x, %pos {base = 5.0e5 : f64, head_dim = 64 : i64, rotary_dim = 64 : i64, factor = 8.0 : f64,
                              low_freq_factor = 1.0 : f64, high_freq_factor = 4.0 : f64, original_context = 8192 : i64}
       : (tensor<?x512xbf16>, tensor<?xi64>) -> tensor<?x512xbf16>
    ```
  }];
  let arguments = (ins Braid_Matrix:$x, TensorRankOf<[I64], [1]>:$positions, F64Attr:$base, I64Attr:$head_dim,
                       I64Attr:$rotary_dim, OptionalAttr<F64Attr>:$factor, OptionalAttr<F64Attr>:$low_freq_factor,
                       OptionalAttr<F64Attr>:$high_freq_factor, OptionalAttr<I64Attr>:$original_context);
  let results = (outs Braid_Matrix:$result);
  let assemblyFormat = "$x `,` $positions attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Braid_ActivationOp : Braid_TokenOp<"activation", [SameOperandsAndResultType]> {
  let summary = "element-wise nonlinearity";
  let description = [{
    `silu` x * sigmoid(x); `gelu` x * (1 + erf(x / sqrt(2))) / 2; `gelu_tanh` its
    tanh form; `relu`; `relu2` max(x, 0)^2; `none` x.

    ```mlir
    %y = braid.activation <gelu> %x : tensor<?x512xbf16>
    ```
  }];
  let arguments = (ins Braid_ActivationAttr:$kind, Braid_Matrix:$x);
  let results = (outs Braid_Matrix:$result);
  let assemblyFormat = "$kind $x attr-dict `:` type($x)";
}

def Braid_GateOp : Braid_TokenOp<"gate", [SameOperandsAndResultType]> {
  let summary = "activation(gate) * x";
  let description = [{
    The middle of a gated MLP (SwiGLU, GeGLU). Source: Shazeer, "GLU Variants
    Improve Transformer", section 2.

    ```mlir
    %y = braid.gate <silu> %g, %x : tensor<?x512xbf16>
    ```
  }];
  let arguments = (ins Braid_ActivationAttr:$kind, Braid_Matrix:$gate, Braid_Matrix:$x);
  let results = (outs Braid_Matrix:$result);
  let assemblyFormat = "$kind $gate `,` $x attr-dict `:` type($x)";
}

def Braid_ScaleRowsOp : Braid_TokenOp<"scale_rows"> {
  let summary = "each row times its own number";
  let description = [{
    y[t, :] = scale[t, 0] * x[t, :] in f32 (f64 for f64), rounded to the result's
    type. How a norm's factor is applied behind the next linear layer.

    Constraints:
    * (scale_rows_c1) x and the result are [n, d], scale is [n, 1].

    ```mlir
    %y = braid.scale_rows %x, %s : (tensor<?x512xf32>, tensor<?x1xf32>) -> tensor<?x512xbf16>
    ```
  }];
  let arguments = (ins Braid_Matrix:$x, Braid_Matrix:$scale);
  let results = (outs Braid_Matrix:$result);
  let assemblyFormat = "$x `,` $scale attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Braid_AddOp : Braid_TokenOp<"add"> {
  let summary = "residual addition";
  let description = [{
    y = a + b in f32 (f64 for f64), rounded to the result's type.

    Constraints:
    * (add_c1) operands and result have one shape; their element types may differ.

    ```mlir
    %r1 = braid.add %r, %y : (tensor<?x512xf32>, tensor<?x512xbf16>) -> tensor<?x512xf32>
    ```
  }];
  let arguments = (ins Braid_Matrix:$a, Braid_Matrix:$b);
  let results = (outs Braid_Matrix:$result);
  let assemblyFormat = "$a `,` $b attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Braid_CastOp : Braid_TokenOp<"cast"> {
  let summary = "another floating-point type";
  let description = [{
    Rounds to nearest even.

    Constraints:
    * (cast_c1) operand and result have one shape.

    ```mlir
    %r = braid.cast %x : (tensor<?x512xbf16>) -> tensor<?x512xf32>
    ```
  }];
  let arguments = (ins Braid_Matrix:$x);
  let results = (outs Braid_Matrix:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Braid_ColumnsOp : Braid_TokenOp<"columns"> {
  let summary = "a run of columns";
  let description = [{
    y[t, j] = x[t, offset + j]. How the parts of a joined projection are named;
    a view of the wide buffer, never a copy.

    Constraints:
    * (columns_c1) 0 <= offset and offset + result columns <= columns of x.

    ```mlir
    %z = braid.columns %p from 0 : (tensor<?x18560xbf16>) -> tensor<?x8192xbf16>
    ```
  }];
  let arguments = (ins Braid_Matrix:$x, I64Attr:$offset);
  let results = (outs Braid_Matrix:$result);
  let assemblyFormat = "$x `from` $offset attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

#endif // BRAID_DIALECT_BRAID_IR_BRAIDTOKENOPS_TD
