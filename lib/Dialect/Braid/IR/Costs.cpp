//===- Costs.cpp - Operations and least bytes of each op -------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyShapes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace braid;

/// A count for each entry of the leading axis of `value`, which is tokens, rows or a number.
static Cost perEntry(Value value, int64_t count) {
  if (auto type = cast<RankedTensorType>(value.getType()); !type.isDynamicDim(0))
    return Cost::once(type.getDimSize(0) * count);
  return isPerRow(value.getType()) ? Cost::perRow(count) : Cost::perToken(count);
}

static int64_t elementBytes(Type type) { return (getElementTypeOrSelf(type).getIntOrFloatBitWidth() + 7) / 8; }

/// The bytes of a value: by token, by row, or fixed.
static Cost bytesOf(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type)
    return {};
  int64_t count = elementBytes(type);
  for (int64_t extent : type.getShape())
    count *= ShapedType::isDynamic(extent) ? 1 : extent;
  return type.hasStaticShape() ? Cost::once(count) : perEntry(value, count);
}

static Cost bytesOfOperandsAndResults(Operation *op) {
  Cost cost;
  for (Value value : op->getOperands())
    cost += bytesOf(value);
  for (Value value : op->getResults())
    cost += bytesOf(value);
  return cost;
}

/// `operations` for each element of the result.
static Cost perElement(Operation *op, int64_t operations) {
  Value result = op->getResult(0);
  return perEntry(result, extent(result, 1) * operations);
}

// Element-wise counts are the arithmetic of the formula in the op's description; an exponential, a square root or an
// error function counts as one.
Cost EmbeddingOp::getFlops() { return {}; }
Cost EmbeddingOp::getLeastBytes() {
  // One row of the table for each token, not the whole table.
  int64_t width = extent(getResult(), 1);
  return perEntry(getResult(), 4 + width * elementBytes(getTable().getType()) +
                                   width * elementBytes(getResult().getType()));
}

/// Two for each product. One of the three axes may be tokens or rows: the left operand's leading one.
static Cost productFlops(ContractionOpInterface op) {
  int64_t count = 2 * op.getProductColumns();
  bool dynamic = false;
  for (int64_t size : {op.getProductRows(), op.getProductDepth()})
    ShapedType::isDynamic(size) ? void(dynamic = true) : void(count *= size);
  return dynamic ? perEntry(op.getLeft(), count) : Cost::once(count);
}

Cost LinearOp::getFlops() {
  return productFlops(*this) + (getBias() ? perElement(*this, 1) : Cost());
}
Cost LinearOp::getLeastBytes() { return bytesOfOperandsAndResults(*this); }
Cost LinearInputGradientOp::getFlops() { return productFlops(*this); }
Cost LinearInputGradientOp::getLeastBytes() { return bytesOfOperandsAndResults(*this); }
Cost LinearWeightGradientOp::getFlops() { return productFlops(*this); }
Cost LinearWeightGradientOp::getLeastBytes() { return bytesOfOperandsAndResults(*this); }
Cost ScaleRowsOp::getFlops() { return perElement(*this, 1); }
Cost ScaleRowsOp::getLeastBytes() { return bytesOfOperandsAndResults(*this); }
Cost RMSNormOp::getFlops() { return perElement(*this, 4); }
Cost RMSNormOp::getLeastBytes() { return bytesOfOperandsAndResults(*this); }
Cost LayerNormOp::getFlops() { return perElement(*this, 7); }
Cost LayerNormOp::getLeastBytes() { return bytesOfOperandsAndResults(*this); }
Cost GatedRMSNormOp::getFlops() { return perElement(*this, 8); }
Cost GatedRMSNormOp::getLeastBytes() { return bytesOfOperandsAndResults(*this); }
Cost RopeOp::getFlops() {
  int64_t heads = extent(getX(), 1) / int64_t(getHeadDim());
  return perEntry(getResult(), heads * int64_t(getRotaryDim()) * 3);
}
Cost RopeOp::getLeastBytes() { return bytesOfOperandsAndResults(*this); }
static int64_t activationFlops(Activation kind) {
  switch (kind) {
  case Activation::None:
    return 0;
  case Activation::SiLU:
  case Activation::GELU:
    return 4;
  case Activation::GELUTanh:
    return 8;
  case Activation::ReLU:
    return 1;
  case Activation::ReLU2:
    return 2;
  }
  return 0;
}
Cost ActivationOp::getFlops() { return perElement(*this, activationFlops(getKind())); }
Cost ActivationOp::getLeastBytes() { return bytesOfOperandsAndResults(*this); }
Cost GateOp::getFlops() { return perElement(*this, activationFlops(getKind()) + 1); }
Cost GateOp::getLeastBytes() { return bytesOfOperandsAndResults(*this); }
Cost AddOp::getFlops() { return perElement(*this, 1); }
Cost AddOp::getLeastBytes() { return bytesOfOperandsAndResults(*this); }
Cost CastOp::getFlops() { return {}; }
Cost CastOp::getLeastBytes() { return bytesOfOperandsAndResults(*this); }
// A view of the wide buffer: whoever reads it counts the bytes.
Cost ColumnsOp::getFlops() { return {}; }
Cost ColumnsOp::getLeastBytes() { return {}; }

/// Bytes of the states, read and written once for each row.
static Cost stateBytes(SequenceOpInterface op) {
  Cost cost;
  if (op.getStateSymbols().empty())
    return cost;
  for (RankedTensorType type : op.getStateTypes())
    if (type.hasStaticShape())
      cost += Cost::perRow(2 * type.getNumElements() * elementBytes(type));
  return cost;
}

Cost CausalConv1dOp::getFlops() {
  return perElement(*this, 2 * extent(getWeight(), 2) + activationFlops(getActivation()));
}
Cost CausalConv1dOp::getLeastBytes() { return bytesOfOperandsAndResults(*this) + stateBytes(*this); }

Cost SSDScanOp::getFlops() {
  // The step form: decay, outer product, read-out, skip. A chunked segment does other work for the same answer.
  int64_t heads = getHeads(), headDim = getHeadDim(), state = getStateSize();
  return Cost::perToken(heads * headDim * (state * 5 + 3));
}
Cost SSDScanOp::getLeastBytes() { return bytesOfOperandsAndResults(*this) + stateBytes(*this); }

Cost SelectiveScanOp::getFlops() {
  // For each state of a channel: dt a, the decay times the state, dt x b, added, and the read-out; dt + bias, dt x and the
  // skip once for a channel.
  return Cost::perToken(extent(getX(), 1) * (6 * extent(getB(), 1) + 4));
}
Cost SelectiveScanOp::getExponentials() {
  // A decay for each state of a channel, and softplus, which is an exponential and a logarithm.
  return Cost::perToken(extent(getX(), 1) * (extent(getB(), 1) + 2));
}
Cost SelectiveScanOp::getLeastBytes() { return bytesOfOperandsAndResults(*this) + stateBytes(*this); }

Cost AttentionOp::getFlops() {
  return Cost::perPosition(int64_t(getHeads()) * (4 * int64_t(getHeadDim()) + 4));
}
Cost AttentionOp::getLeastBytes() {
  Cost cost = bytesOfOperandsAndResults(*this);
  for (RankedTensorType type : getStateTypes()) {
    int64_t entry = type.getDimSize(1) * type.getDimSize(2) * elementBytes(type);
    // Each token stores one entry. Reading the history once for each row is least, which a linear form over positions
    // bounds from above in the step form, where it is exact.
    cost += Cost::perToken(entry);
    if (getRows().getType().getForm() == Form::Step)
      cost += Cost::perPosition(entry);
  }
  return cost;
}

Cost FusedOp::getFlops() {
  Cost cost;
  for (Operation &op : getBody().front())
    if (auto costed = dyn_cast<CostOpInterface>(op))
      cost += costed.getFlops();
  return cost;
}

Cost FusedOp::getExponentials() {
  Cost cost;
  for (Operation &op : getBody().front())
    if (auto costed = dyn_cast<CostOpInterface>(op))
      cost += costed.getExponentials();
  return cost;
}

Cost FusedOp::getLeastBytes() {
  // What crosses the border moves once. An embedding reads a row of its table for each token, not the table; a sequence
  // operator moves its states besides: both say so themselves, so the difference to their own border is added. Of a row's
  // tokens, the last is read alone.
  Block &block = getBody().front();
  Cost cost;
  for (Value argument : block.getArguments())
    cost += bytesOf(argument);
  for (Value value : block.getTerminator()->getOperands())
    cost += bytesOf(value);
  for (Operation &op : block)
    if (isa<EmbeddingOp, SequenceOpInterface>(op))
      cost += cast<CostOpInterface>(op).getLeastBytes() - bytesOfOperandsAndResults(&op);
    else if (auto last = dyn_cast<LastTokenOp>(op))
      cost += bytesOf(last.getResult()) - bytesOf(last.getX());
  return cost;
}
