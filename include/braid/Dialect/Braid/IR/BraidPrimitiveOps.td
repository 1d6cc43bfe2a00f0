//===- BraidPrimitiveOps.td - what decompositions and step regions are made of -*- tablegen -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_BRAID_IR_BRAIDPRIMITIVEOPS_TD
#define BRAID_DIALECT_BRAID_IR_BRAIDPRIMITIVEOPS_TD

include "braid/Dialect/Braid/IR/BraidBase.td"

/// With the element-wise ops of arith and math on tensors, these are all that the reference evaluator knows.
class Braid_PrimitiveOp<string mnemonic, list<Trait> traits = []> : Braid_Op<mnemonic, [Pure] # traits> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def Braid_ContractOp : Braid_PrimitiveOp<"contract"> {
  let summary = "batched matrix product";
  let description = [{
    The `batch` leading dimensions of a and b are paired; then
    y[.., i.., j..] = sum_k a[.., i.., k] * b[.., j.., k]: the last dimension of both is
    contracted, the free dimensions of a come first.

    Constraints:
    * (contract_c1) `batch` is not negative, and a and b agree on the batch dimensions and on the last one;
    * (contract_c2) the result has the batch, a's free and b's free dimensions, in this order.

    ```mlir
    %y = braid.contract %a, %b {batch = 1 : i64} : (tensor<8x4x64xf32>, tensor<8x?x64xf32>) -> tensor<8x4x?xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$a, AnyRankedTensor:$b, DefaultValuedAttr<I64Attr, "0">:$batch);
  let results = (outs AnyRankedTensor:$result);
  let hasVerifier = 1;
}

def Braid_ReduceOp : Braid_PrimitiveOp<"reduce"> {
  let summary = "sum or maximum over one dimension";
  let description = [{
    Constraints:
    * (reduce_c1) `dim` is a dimension of x; the result lacks it.

    ```mlir
    %s = braid.reduce <add> %x {dim = 1 : i64} : (tensor<?x512xf32>) -> tensor<?xf32>
    ```
  }];
  let arguments = (ins Braid_ReductionAttr:$kind, AnyRankedTensor:$x, I64Attr:$dim);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$kind $x attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def Braid_BroadcastOp : Braid_PrimitiveOp<"broadcast"> {
  let summary = "repeat along new dimensions";
  let description = [{
    The dimensions of x become the dimensions `dims` of the result, whose extents
    are those of `like`.

    Constraints:
    * (broadcast_c1) `dims` rises strictly, has one entry for each dimension of x, each below the result's rank;
    * (broadcast_c2) the result has the shape of `like`, and x that of the dimensions it becomes.

    ```mlir
    %y = braid.broadcast %v, %x {dims = array<i64: 0>} : (tensor<?xf32>, tensor<?x512xf32>) -> tensor<?x512xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$like, DenseI64ArrayAttr:$dims);
  let results = (outs AnyRankedTensor:$result);
  let hasVerifier = 1;
}

def Braid_ReshapeOp : Braid_PrimitiveOp<"reshape"> {
  let summary = "the same elements in another shape";
  let description = [{
    C order. At most one dimension of the result is dynamic; it takes what the others leave.

    Constraints:
    * (reshape_c1) at most one dynamic dimension in the result, and equal element counts where both shapes are static.

    ```mlir
    %y = braid.reshape %x : (tensor<?x512xf32>) -> tensor<?x8x64xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$x);
  let results = (outs AnyRankedTensor:$result);
  let hasVerifier = 1;
}

def Braid_TransposeOp : Braid_PrimitiveOp<"transpose"> {
  let summary = "dimensions in another order";
  let description = [{
    Dimension i of the result is dimension permutation[i] of x.

    Constraints:
    * (transpose_c1) `permutation` is one of x's dimensions.

    ```mlir
    %y = braid.transpose %x {permutation = array<i64: 1, 0>} : (tensor<8x64xf32>) -> tensor<64x8xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$x, DenseI64ArrayAttr:$permutation);
  let results = (outs AnyRankedTensor:$result);
  let hasVerifier = 1;
}

def Braid_SliceOp : Braid_PrimitiveOp<"slice"> {
  let summary = "a run of indices of one dimension";
  let description = [{
    Constraints:
    * (slice_c1) `dim` is a dimension of x, 0 <= `from` <= `to`, and `to` is within a static extent;
    * (slice_c2) the result's extent there is to - from.

    ```mlir
    %y = braid.slice %x {dim = 1 : i64, from = 8 : i64, to = 16 : i64} : (tensor<?x512xf32>) -> tensor<?x8xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$x, I64Attr:$dim, I64Attr:$from, I64Attr:$to);
  let results = (outs AnyRankedTensor:$result);
  let hasVerifier = 1;
}

def Braid_ConcatOp : Braid_PrimitiveOp<"concat"> {
  let summary = "one after the other along one dimension";
  let description = [{
    Constraints:
    * (concat_c1) a, b and the result agree on every dimension but `dim`; there the extents add up.

    ```mlir
    %y = braid.concat %a, %b {dim = 0 : i64} : (tensor<?x8x64xf32>, tensor<1x8x64xf32>) -> tensor<?x8x64xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$a, AnyRankedTensor:$b, I64Attr:$dim);
  let results = (outs AnyRankedTensor:$result);
  let hasVerifier = 1;
}

def Braid_GatherOp : Braid_PrimitiveOp<"gather"> {
  let summary = "rows of a table by index";
  let description = [{
    y[t, ..] = table[index[t], ..].

    Constraints:
    * (gather_c1) the result is index's dimension followed by the table's but the first.

    ```mlir
    %y = braid.gather %table, %index : (tensor<8192x512xf32>, tensor<?xi32>) -> tensor<?x512xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$table, TensorRankOf<[AnySignlessInteger], [1]>:$index);
  let results = (outs AnyRankedTensor:$result);
  let hasVerifier = 1;
}

def Braid_ConvertOp : Braid_PrimitiveOp<"convert"> {
  let summary = "another element type";
  let description = [{
    Floating-point types to nearest even; integers to floating point.

    Constraints:
    * (convert_c1) operand and result have one shape.

    ```mlir
    %y = braid.convert %x : (tensor<?xi64>) -> tensor<?xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$x);
  let results = (outs AnyRankedTensor:$result);
  let hasVerifier = 1;
}

#endif // BRAID_DIALECT_BRAID_IR_BRAIDPRIMITIVEOPS_TD
