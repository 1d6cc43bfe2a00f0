//===- ContractionOpInterface.td - products of two matrices -*- tablegen -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_INTERFACES_CONTRACTIONOPINTERFACE_TD
#define BRAID_INTERFACES_CONTRACTIONOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def ContractionOpInterface : OpInterface<"ContractionOpInterface"> {
  let cppNamespace = "::braid";
  let description = [{
    result[i, j] = sum_k left[i, k] * right[k, j] (+ bias[j]), summed in rising k.
    Either operand may be given the other way round: left as [k, i], right as
    [j, k]. The forms of a linear layer and its gradients differ in nothing else,
    so one kernel family serves them all, without transposed copies.
  }];
  let methods = [
    InterfaceMethod<"", "::mlir::Value", "getLeft">,
    InterfaceMethod<"", "::mlir::Value", "getRight">,
    InterfaceMethod<"The left operand is [k, i].", "bool", "isLeftTransposed">,
    InterfaceMethod<"The right operand is [j, k].", "bool", "isRightTransposed">,
    InterfaceMethod<"A number for each column of the result; null if there is none.", "::mlir::Value", "getColumnBias",
                    (ins), "", "return {};">,
  ];
  let extraClassDeclaration = [{
    /// The dimension of each operand that is summed over, and the other one.
    unsigned getLeftDepthDim() { return isLeftTransposed() ? 0 : 1; }
    unsigned getRightDepthDim() { return isRightTransposed() ? 1 : 0; }
    /// Sizes of the product; dynamic where the type does not say.
    int64_t getProductRows() { return getSize(getLeft(), 1 - getLeftDepthDim()); }
    int64_t getProductColumns() { return getSize(getRight(), 1 - getRightDepthDim()); }
    int64_t getProductDepth() { return getSize(getLeft(), getLeftDepthDim()); }

  private:
    static int64_t getSize(::mlir::Value value, unsigned dim) {
      return ::llvm::cast<::mlir::RankedTensorType>(value.getType()).getDimSize(dim);
    }
  }];
}

#endif // BRAID_INTERFACES_CONTRACTIONOPINTERFACE_TD
