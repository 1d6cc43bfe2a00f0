//===- BraidBase.td - dialect, types, attributes -*- tablegen -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_BRAID_IR_BRAIDBASE_TD
#define BRAID_DIALECT_BRAID_IR_BRAIDBASE_TD

include "braid/Interfaces/ContractionOpInterface.td"
include "braid/Interfaces/CostOpInterface.td"
include "braid/Interfaces/DecomposableOpInterface.td"
include "braid/Interfaces/SequenceOpInterface.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Braid_Dialect : Dialect {
  let name = "braid";
  let cppNamespace = "::braid";
  let summary = "hybrid sequence models on tensors";
  let description = [{
    The model level. A module holds weights and states as symbols and functions
    on tensors that use them.

    The leading dynamic dimension of an activation is the *token axis*: all
    tokens of a call, row after row. The ragged `!braid.rows` value says where
    each row starts and which slot it continues. A tensor with one entry per
    row instead of per token carries the encoding `#braid.per_row`. Every other
    dimension of an activation or weight, the model's, is static and positive.

    Constraints of every op that works on each token by itself:
    * (tokenwise_c1) its tensors with a dynamic leading dimension are all by token or all by row.

    Constraints of every sequence operator:
    * (sequence_c1) its inputs and results are by token;
    * (sequence_c2) each state it names is a `braid.state` of the operator's kind and shape.

    Module attributes: `braid.model` (dictionary: what the manifest's `model`
    says), `braid.options` (dictionary: what the command line chose, so that a
    dump resumes to the same artifact).
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
}

class Braid_Op<string mnemonic, list<Trait> traits = []> : Op<Braid_Dialect, mnemonic, traits>;

def Braid_Form : I32EnumAttr<"Form", "what a call's rows hold", [
    I32EnumAttrCase<"Segment", 0, "segment">,
    I32EnumAttrCase<"Step", 1, "step">]> {
  let cppNamespace = "::braid";
  let genSpecializedAttr = 0;
}

def Braid_RowsType : TypeDef<Braid_Dialect, "Rows"> {
  let mnemonic = "rows";
  let summary = "the ragged rows of a call";
  let description = [{
    Row i holds tokens row_start[i] to row_start[i+1] and continues slot[i] from
    the length stored there. `!braid.rows<segment>` allows any lengths;
    `!braid.rows<step>` promises one token in each row.
  }];
  let parameters = (ins EnumParameter<Braid_Form>:$form);
  let assemblyFormat = "`<` $form `>`";
}

def Braid_PerRowAttr : AttrDef<Braid_Dialect, "PerRow"> {
  let mnemonic = "per_row";
  let summary = "tensor encoding: the leading dimension counts rows, not tokens";
}

def Braid_StateKind : I32EnumAttr<"StateKind", "what a state is", [
    I32EnumAttrCase<"ConvTail", 0, "conv_tail">,
    I32EnumAttrCase<"Recurrent", 1, "recurrent">,
    I32EnumAttrCase<"KV", 2, "kv">]> {
  let cppNamespace = "::braid";
  let genSpecializedAttr = 0;
}
def Braid_StateKindAttr : EnumAttr<Braid_Dialect, Braid_StateKind, "state_kind">;

def Braid_Activation : I32EnumAttr<"Activation", "element-wise nonlinearity", [
    I32EnumAttrCase<"None", 0, "none">,
    I32EnumAttrCase<"SiLU", 1, "silu">,
    I32EnumAttrCase<"GELU", 2, "gelu">,
    I32EnumAttrCase<"GELUTanh", 3, "gelu_tanh">,
    I32EnumAttrCase<"ReLU", 4, "relu">,
    I32EnumAttrCase<"ReLU2", 5, "relu2">]> {
  let cppNamespace = "::braid";
  let genSpecializedAttr = 0;
}
def Braid_ActivationAttr : EnumAttr<Braid_Dialect, Braid_Activation, "activation"> {
  let assemblyFormat = "`<` $value `>`";
}

def Braid_Reduction : I32EnumAttr<"Reduction", "how a reduction combines", [
    I32EnumAttrCase<"Add", 0, "add">,
    I32EnumAttrCase<"Max", 1, "max">]> {
  let cppNamespace = "::braid";
  let genSpecializedAttr = 0;
}
def Braid_ReductionAttr : EnumAttr<Braid_Dialect, Braid_Reduction, "reduction"> {
  let assemblyFormat = "`<` $value `>`";
}

/// Element types that activations and weights have.
def Braid_Float : AnyTypeOf<[F64, F32, F16, BF16], "floating-point type of the model">;
def Braid_Tensor : RankedTensorOf<[Braid_Float]>;
def Braid_Vector : TensorRankOf<[Braid_Float], [1]>;
/// An activation or a matrix of weights. The leading dimension may be a token axis; the other is the model's.
def Braid_Matrix : ConfinedType<TensorRankOf<[Braid_Float], [2]>,
    [CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).getDimSize(1) > 0">],
    "2D tensor of the model's floating-point types with a static, positive width", "::mlir::RankedTensorType">;

#endif // BRAID_DIALECT_BRAID_IR_BRAIDBASE_TD
