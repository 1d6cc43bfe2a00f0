//===- TokenOps.cpp - Verifiers of the ops on single tokens ----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyShapes.h"

using namespace mlir;
using namespace braid;

LogicalResult braid::verifyTokenwise(Operation *op) {
  SmallVector<Type> types(op->getOperandTypes());
  llvm::append_range(types, op->getResultTypes());
  llvm::erase_if(types, [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return !tensor || tensor.getRank() == 0 || !tensor.isDynamicDim(0);
  });
  // tokenwise_c1
  for (Type type : types)
    if (isPerRow(type) != isPerRow(types.front()))
      return op->emitOpError() << "expects tensors all by token or all by row, found " << types.front() << " and "
                               << type;
  return success();
}

LogicalResult EmbeddingOp::verify() {
  // embedding_c1
  return expectShape(*this, "the result", getResult(), {extent(getTokens(), 0), extent(getTable(), 1)});
}

/// Operands that must agree on what is summed over, and the result's shape.
static LogicalResult verifyProduct(ContractionOpInterface op, StringRef right) {
  Value left = op.getLeft(), result = op->getResult(0);
  SmallVector<int64_t> shape{op.getProductDepth(), op.getProductColumns()};
  if (op.isRightTransposed())
    std::swap(shape[0], shape[1]);
  return success(
      succeeded(expectShape(op, right, op.getRight(), shape)) &&
      succeeded(expectShape(op, "the result", result, {extent(left, 1 - op.getLeftDepthDim()), op.getProductColumns()})));
}

LogicalResult LinearOp::verify() {
  // linear_c1
  if (failed(verifyProduct(*this, "weight")))
    return failure();
  // linear_c2
  return getBias() ? expectShape(*this, "bias", getBias(), {extent(getWeight(), 0)}) : success();
}

// linear_input_gradient_c1
LogicalResult LinearInputGradientOp::verify() { return verifyProduct(*this, "weight"); }

// linear_weight_gradient_c1
LogicalResult LinearWeightGradientOp::verify() { return verifyProduct(*this, "x"); }

LogicalResult ScaleRowsOp::verify() {
  int64_t tokens = extent(getX(), 0);
  // scale_rows_c1
  return success(succeeded(expectShape(*this, "scale", getScale(), {tokens, 1})) &&
                 succeeded(expectShape(*this, "the result", getResult(), {tokens, extent(getX(), 1)})));
}

LogicalResult RMSNormOp::verify() {
  // rms_norm_c1
  return success(succeeded(expectShape(*this, "weight", getWeight(), {extent(getX(), 1)})) &&
                 succeeded(expectShape(*this, "the result", getResult(), {extent(getX(), 0), extent(getX(), 1)})));
}

LogicalResult LayerNormOp::verify() {
  // layer_norm_c1
  return success(succeeded(expectShape(*this, "weight", getWeight(), {extent(getX(), 1)})) &&
                 succeeded(expectShape(*this, "bias", getBias(), {extent(getX(), 1)})) &&
                 succeeded(expectShape(*this, "the result", getResult(), {extent(getX(), 0), extent(getX(), 1)})));
}

LogicalResult GatedRMSNormOp::verify() {
  int64_t tokens = extent(getX(), 0), width = extent(getX(), 1);
  // gated_rms_norm_c1
  if (failed(expectShape(*this, "gate", getGate(), {tokens, width})) ||
      failed(expectShape(*this, "weight", getWeight(), {width})) ||
      failed(expectShape(*this, "the result", getResult(), {tokens, width})))
    return failure();
  // gated_rms_norm_c2
  int64_t groups = getGroups();
  if (groups <= 0 || width % groups != 0)
    return emitOpError() << "expects groups to divide " << width << ", found " << groups;
  return success();
}

static LogicalResult verifyFrequencies(RopeOp op) {
  // rope_c4
  for (auto [name, value] : {std::pair("base", op.getBaseAttr()), std::pair("factor", op.getFactorAttr())})
    if (value && !(value.getValueAsDouble() > 0 && value.getValue().isFinite()))
      return op.emitOpError() << "expects " << name << " to be positive and finite, found " << value;
  // rope_c5
  FloatAttr low = op.getLowFreqFactorAttr(), high = op.getHighFreqFactorAttr();
  std::optional<int64_t> context = op.getOriginalContext();
  if (!low && !high && !context)
    return success();
  if (!low || !high || !context || !op.getFactor())
    return op.emitOpError() << "expects low_freq_factor, high_freq_factor and original_context together and factor with "
                               "them, found some of the four";
  // rope_c6
  if (!(low.getValueAsDouble() >= 0 && low.getValueAsDouble() < high.getValueAsDouble() && high.getValue().isFinite()))
    return op.emitOpError() << "expects 0 <= low_freq_factor < high_freq_factor, finite, found " << low << " and "
                            << high;
  return expectPositive(op, "original_context", *context);
}

LogicalResult RopeOp::verify() {
  int64_t headDim = getHeadDim(), rotary = getRotaryDim(), width = extent(getX(), 1);
  // rope_c1
  if (failed(expectPositive(*this, "head_dim", headDim)))
    return failure();
  if (width % headDim != 0)
    return emitOpError() << "expects head_dim to divide " << width << ", found " << headDim;
  if (failed(expectShape(*this, "the result", getResult(), {extent(getX(), 0), width})))
    return failure();
  // rope_c2
  if (rotary <= 0 || rotary > headDim || rotary % 2 != 0)
    return emitOpError() << "expects rotary_dim to be even, positive and at most " << headDim << ", found " << rotary;
  // rope_c3
  if (failed(expectShape(*this, "positions", getPositions(), {extent(getX(), 0)})))
    return failure();
  return verifyFrequencies(*this);
}

LogicalResult AddOp::verify() {
  ArrayRef<int64_t> shape = getA().getType().getShape();
  // add_c1
  return success(succeeded(expectShape(*this, "b", getB(), shape)) &&
                 succeeded(expectShape(*this, "the result", getResult(), shape)));
}

LogicalResult CastOp::verify() {
  // cast_c1
  return expectShape(*this, "the result", getResult(), getX().getType().getShape());
}

LogicalResult ColumnsOp::verify() {
  int64_t columns = extent(getResult(), 1), offset = getOffset(), width = extent(getX(), 1);
  if (failed(expectShape(*this, "the result", getResult(), {extent(getX(), 0), columns})))
    return failure();
  // columns_c1
  if (offset < 0 || columns < 0 || columns > width || offset > width - columns)
    return emitOpError() << "expects columns " << offset << " to " << offset + columns << " to lie within " << width;
  return success();
}
