//===- SequenceOpInterface.td - operators over the token axis -*- tablegen -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_INTERFACES_SEQUENCEOPINTERFACE_TD
#define BRAID_INTERFACES_SEQUENCEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def SequenceOpInterface : OpInterface<"SequenceOpInterface"> {
  let cppNamespace = "::braid";
  let description = [{
    An operator that carries a state from token to token. Its *step region* is
    its definition: from the state before a token, that token's inputs and the
    parameters, it computes the state after the token and the token's outputs.
    The two executable forms follow from it: *step* (one token for each row)
    and *segment* (a run of tokens for each row, from the row's stored state to
    its final state). A whole sequence is the segment from the zero state.

    Everything here speaks of one row: a token input of type `tensor<?xCxT>`
    reaches the step region as `tensor<CxT>`.
  }];
  let methods = [
    InterfaceMethod<"The ragged rows that the token axis is cut into.",
      "::mlir::Value", "getRows">,
    InterfaceMethod<"Operands with a leading token axis, in order.",
      "::llvm::SmallVector<::mlir::Value>", "getTokenInputs">,
    InterfaceMethod<"Operands that are the same for every token, in order.",
      "::llvm::SmallVector<::mlir::Value>", "getParameters">,
    InterfaceMethod<[{
      Symbols of the states that the row's slot holds, in order. Empty when the
      operator starts from the zero state and drops the final one.
    }], "::llvm::SmallVector<::mlir::FlatSymbolRefAttr>", "getStateSymbols">,
    InterfaceMethod<[{
      Types of one row's states, in order. A dynamic leading dimension is a
      state that grows by one with each token; its zero state has extent 0.
    }], "::llvm::SmallVector<::mlir::RankedTensorType>", "getStateTypes">,
    InterfaceMethod<[{
      Writes the step region: appends the states after the token to `newState`
      and the token's outputs to `outputs`.
    }], "void", "buildStep", (ins "::mlir::OpBuilder &":$builder, "::mlir::ValueRange":$state,
      "::mlir::ValueRange":$token, "::mlir::ValueRange":$parameters,
      "::llvm::SmallVectorImpl<::mlir::Value> &":$newState,
      "::llvm::SmallVectorImpl<::mlir::Value> &":$outputs)>,
    InterfaceMethod<[{
      The op's last result where it holds states and is no output of the step
      region; nothing where the step region gives every result.
    }], "::std::optional<::braid::SavedStates>", "getSavedStates", (ins), "", "return std::nullopt;">,
  ];
}

#endif // BRAID_INTERFACES_SEQUENCEOPINTERFACE_TD
