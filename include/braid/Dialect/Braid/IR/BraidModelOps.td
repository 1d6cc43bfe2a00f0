//===- BraidModelOps.td - weights, states, fused regions -*- tablegen -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_BRAID_IR_BRAIDMODELOPS_TD
#define BRAID_DIALECT_BRAID_IR_BRAIDMODELOPS_TD

include "braid/Dialect/Braid/IR/BraidBase.td"

def Braid_WeightOp : Braid_Op<"weight", [Symbol]> {
  let summary = "a tensor of the checkpoint";
  let description = [{
    Declares a weight under its name in the checkpoint. `type` is its type in
    memory; a file that stores another type is converted once when it is mapped.
    `init` says what `--init random:SEED` draws, `no_decay` that the optimiser
    does not decay it.

    Constraints:
    * (weight_c1) the type has a static shape;
    * (weight_c2) `init` holds a `kind` and that kind's numbers:
      `normal` (std), `uniform` (low, high), `constant` (value),
      `log_uniform` (low, high), `dt_bias` (low, high, floor).

    ```mlir
    braid.weight @"norm_f.weight" : tensor<512xbf16> init {kind = "constant", value = 1.0 : f64}
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<Braid_Tensor>:$type, DictionaryAttr:$init, UnitAttr:$no_decay);
  let assemblyFormat = "$sym_name `:` $type `init` $init (`no_decay` $no_decay^)? attr-dict";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::RankedTensorType getTensorType() { return ::llvm::cast<::mlir::RankedTensorType>(getType()); }
  }];
}

def Braid_StateOp : Braid_Op<"state", [Symbol]> {
  let summary = "what a slot remembers of its sequence";
  let description = [{
    Declares a state that every slot holds. The type is one slot's: `conv_tail`
    [width - 1, channels], `recurrent` any static shape, `kv` [?, kv_heads,
    head_dim], which grows by one entry with each token and lives in pages.

    Constraints:
    * (state_c1) `conv_tail` has rank 2 and `recurrent` any rank, with static shapes;
    * (state_c2) `kv` has rank 3 and only its first dimension is dynamic.

    ```mlir
    braid.state @"layers.0.ssm" recurrent : tensor<16x64x128xf32>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, Braid_StateKindAttr:$kind, TypeAttrOf<Braid_Tensor>:$type);
  let assemblyFormat = "$sym_name $kind `:` $type attr-dict";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::RankedTensorType getTensorType() { return ::llvm::cast<::mlir::RankedTensorType>(getType()); }
  }];
}

def Braid_GetWeightOp : Braid_Op<"get_weight", [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the value of a weight";
  let description = [{
    Constraints:
    * (get_weight_c1) `name` refers to a `braid.weight` of the result's type.

    ```mlir
    %w = braid.get_weight @"norm_f.weight" : tensor<512xbf16>
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$name);
  let results = (outs Braid_Tensor:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
}

def Braid_FusedOp : Braid_Op<"fused", [IsolatedFromAbove, SingleBlock,
    DeclareOpInterfaceMethods<CostOpInterface, ["getExponentials"]>, DeclareOpInterfaceMethods<DecomposableOpInterface>]> {
  let summary = "ops that become one kernel";
  let description = [{
    One anchor op with its prologue and epilogue ops inside, unchanged. Inlining
    the region is its meaning and its decomposition; its cost is the sum of the
    operations inside and the bytes that cross its border. `config` is the
    kernel's configuration, chosen by the schedule phase; its type is the anchor's
    family's.

    Constraints:
    * (fused_c1) the region's arguments have the operands' types;
    * (fused_c2) the yielded types are the result types.

    ```mlir
    %y = braid.fused(%a = %x, %b = %w) : (tensor<?x512xbf16>, tensor<64x512xbf16>) -> tensor<?x64xbf16> {
      %0 = braid.linear %a, %b : (tensor<?x512xbf16>, tensor<64x512xbf16>) -> tensor<?x64xbf16>
      %1 = braid.activation <silu> %0 : tensor<?x64xbf16>
      braid.yield %1 : tensor<?x64xbf16>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$inputs, OptionalAttr<AnyAttr>:$config);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// The first op that computes from tokens; null if there is none.
    ::mlir::Operation *getAnchor();
  }];
}

def Braid_YieldOp : Braid_Op<"yield", [Pure, Terminator, ReturnLike, HasParent<"FusedOp">]> {
  let summary = "results of a fused region";
  let arguments = (ins Variadic<AnyType>:$operands);
  let assemblyFormat = "($operands^ `:` type($operands))? attr-dict";
}

#endif // BRAID_DIALECT_BRAID_IR_BRAIDMODELOPS_TD
