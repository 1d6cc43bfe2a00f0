//===- DecomposableOpInterface.td - an op's meaning in smaller ops -*- tablegen -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_INTERFACES_DECOMPOSABLEOPINTERFACE_TD
#define BRAID_INTERFACES_DECOMPOSABLEOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def DecomposableOpInterface : OpInterface<"DecomposableOpInterface"> {
  let cppNamespace = "::braid";
  let description = [{
    An op whose meaning is a formula over the dialect's primitives (`contract`,
    `reduce`, `broadcast`, `reshape`, `slice`, `concat`, `gather` and the
    element-wise ops of arith and math). The reference evaluator runs the
    decomposition; no target does.
  }];
  let methods = [
    InterfaceMethod<"Writes the op's results in primitives at the builder's insertion point.",
      "::llvm::SmallVector<::mlir::Value>", "decompose", (ins "::mlir::OpBuilder &":$builder)>,
  ];
}

#endif // BRAID_INTERFACES_DECOMPOSABLEOPINTERFACE_TD
