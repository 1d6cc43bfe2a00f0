//===- FunctionEntry.cpp - Functions of tensors as entry points ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FunctionEntry.h"
#include "braid/Dialect/Braid/IR/Braid.h"

using namespace mlir;
using namespace braid;

/// A tensor that a caller can hand over: an element type with a name in the manifest, dynamic in its leading size
/// alone.
static bool isCallable(Type type, bool allowIntegers) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || tensor.getRank() == 0)
    return false;
  Type element = tensor.getElementType();
  bool known = element.isF64() || element.isF32() || element.isF16() || element.isBF16() ||
               (allowIntegers && element.isInteger(32));
  bool encoded = tensor.getEncoding() && !(isPerRow(tensor) && tensor.isDynamicDim(0));
  return known && !encoded && llvm::none_of(tensor.getShape().drop_front(), ShapedType::isDynamic) &&
         llvm::all_of(tensor.getShape(), [](int64_t extent) { return extent != 0; });
}

static LogicalResult checkSignature(func::FuncOp function) {
  unsigned rows = 0;
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes())) {
    if (isa<RowsType>(type)) {
      if (++rows > 1)
        return function.emitError() << "expects one argument of rows at most, found another in argument " << index;
    } else if (!isCallable(type, /*allowIntegers=*/true)) {
      return function.emitError() << "expects argument " << index << " to be a tensor of f64, f32, f16, bf16 or i32, "
                                  << "dynamic in its leading size alone, or rows; found " << type;
    }
  }
  if (function.getNumResults() == 0)
    return function.emitError() << "expects at least one result, found none";
  for (auto [index, type] : llvm::enumerate(function.getResultTypes()))
    if (!isCallable(type, /*allowIntegers=*/false))
      return function.emitError() << "expects result " << index << " to be a tensor of f64, f32, f16 or bf16, "
                                  << "dynamic in its leading size alone; found " << type;
  return success();
}

LogicalResult braid::checkFunctionEntry(func::FuncOp function) {
  if (function.isExternal() || !function.getBody().hasOneBlock())
    return function.emitError() << "expects a body of one block, found "
                                << (function.isExternal() ? "none" : "several");
  if (failed(checkSignature(function)))
    return failure();
  DenseSet<Value> returned;
  Operation *ret = function.getBody().front().getTerminator();
  for (OpOperand &operand : ret->getOpOperands()) {
    Operation *producer = operand.get().getDefiningOp();
    // The caller's memory is written by the op that computes the result.
    if (!producer || isa<GetWeightOp, ColumnsOp>(producer) || !returned.insert(operand.get()).second)
      return ret->emitOpError() << "expects result " << operand.getOperandNumber()
                                << " to be computed by an op of the function and returned once";
  }
  for (auto op : function.getBody().front().getOps<SequenceOpInterface>())
    for (Value input : op.getTokenInputs())
      if (!cast<RankedTensorType>(input.getType()).isDynamicDim(0) || isPerRow(input.getType()))
        return op.emitOpError() << "expects the rows' tokens on a dynamic leading axis, found " << input.getType();
  return success();
}
