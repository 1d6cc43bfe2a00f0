//===- Decompositions.cpp - The meaning of the ops on single tokens --------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyShapes.h"
#include "braid/Dialect/Braid/IR/PrimitiveBuilder.h"
#include <cmath>

using namespace mlir;
using namespace braid;

// n below is the leading axis, tokens or rows; d the width of an activation.

SmallVector<Value> EmbeddingOp::decompose(OpBuilder &builder) {
  PrimitiveBuilder p(builder, getLoc(), computeType(getTable()));
  return {p.store(p.gather(getTable(), getTokens()), getType())};
}

SmallVector<Value> LinearOp::decompose(OpBuilder &builder) {
  PrimitiveBuilder p(builder, getLoc(), computeType((*this)->getOperands()));
  Value y = p.contract(p.load(getX()), p.load(getWeight()));
  if (getBias())
    y = p.add(y, p.broadcast(p.load(getBias()), y, {1}));
  return {p.store(y, getType())};
}

SmallVector<Value> LinearInputGradientOp::decompose(OpBuilder &builder) {
  PrimitiveBuilder p(builder, getLoc(), computeType((*this)->getOperands()));
  return {p.store(p.contract(p.load(getDy()), p.transpose(p.load(getWeight()), {1, 0})), getType())};
}

SmallVector<Value> LinearWeightGradientOp::decompose(OpBuilder &builder) {
  PrimitiveBuilder p(builder, getLoc(), computeType((*this)->getOperands()));
  auto turned = [&](Value x) { return p.transpose(p.load(x), {1, 0}); };
  return {p.store(p.contract(turned(getDy()), turned(getX())), getType())};
}

SmallVector<Value> ScaleRowsOp::decompose(OpBuilder &builder) {
  PrimitiveBuilder p(builder, getLoc(), computeType((*this)->getOperands()));
  Value x = p.load(getX()), scale = p.reshape(p.load(getScale()), {extent(getX(), 0)});
  return {p.store(p.mul(x, p.broadcast(scale, x, {0})), getType())};
}

/// A norm's factor for each channel, repeated for each token.
static Value normWeight(PrimitiveBuilder &p, Value weight, bool plusOne, Value like) {
  Value w = p.load(weight);
  return p.broadcast(plusOne ? p.add(w, 1.0) : w, like, {1});
}

SmallVector<Value> RMSNormOp::decompose(OpBuilder &builder) {
  PrimitiveBuilder p(builder, getLoc(), computeType((*this)->getOperands()));
  Value x = p.load(getX());
  Value scale = p.rsqrt(p.add(p.mean(p.mul(x, x), 1), getEps().convertToDouble()));
  Value y = p.mul(p.mul(x, p.broadcast(scale, x, {0})), normWeight(p, getWeight(), getPlusOne(), x));
  return {p.store(y, getType())};
}

SmallVector<Value> LayerNormOp::decompose(OpBuilder &builder) {
  PrimitiveBuilder p(builder, getLoc(), computeType((*this)->getOperands()));
  Value x = p.load(getX());
  Value centred = p.sub(x, p.broadcast(p.mean(x, 1), x, {0}));
  Value scale = p.rsqrt(p.add(p.mean(p.mul(centred, centred), 1), getEps().convertToDouble()));
  Value y = p.mul(p.mul(centred, p.broadcast(scale, x, {0})), normWeight(p, getWeight(), getPlusOne(), x));
  return {p.store(p.add(y, p.broadcast(p.load(getBias()), x, {1})), getType())};
}

SmallVector<Value> GatedRMSNormOp::decompose(OpBuilder &builder) {
  PrimitiveBuilder p(builder, getLoc(), computeType((*this)->getOperands()));
  int64_t tokens = extent(getX(), 0), width = extent(getX(), 1), groups = getGroups();
  Value v = p.mul(p.load(getX()), p.silu(p.load(getGate())));
  Value grouped = p.reshape(v, {tokens, groups, width / groups});
  Value scale = p.rsqrt(p.add(p.mean(p.mul(grouped, grouped), 2), getEps().convertToDouble())); // [n, groups]
  Value y = p.reshape(p.mul(grouped, p.broadcast(scale, grouped, {0, 1})), {tokens, width});
  return {p.store(p.mul(y, normWeight(p, getWeight(), /*plusOne=*/false, y)), getType())};
}

/// By how much each pair turns from one position to the next.
static SmallVector<double> ropeFrequencies(RopeOp op) {
  int64_t rotary = op.getRotaryDim();
  double factor = op.getFactor() ? op.getFactor()->convertToDouble() : 1;
  SmallVector<double> frequencies;
  for (int64_t i = 0; i < rotary / 2; ++i) {
    double frequency = std::pow(op.getBase().convertToDouble(), -2.0 * double(i) / double(rotary));
    if (!op.getOriginalContext()) {
      frequencies.push_back(frequency / factor);
      continue;
    }
    double low = op.getLowFreqFactor()->convertToDouble(), high = op.getHighFreqFactor()->convertToDouble();
    double turns = double(*op.getOriginalContext()) * frequency / (2 * M_PI);
    if (turns <= low)
      frequency /= factor;
    else if (turns < high)
      frequency = ((turns - low) * frequency + (high - turns) * frequency / factor) / (high - low);
    frequencies.push_back(frequency);
  }
  return frequencies;
}

SmallVector<Value> RopeOp::decompose(OpBuilder &builder) {
  PrimitiveBuilder p(builder, getLoc(), computeType(getX()));
  // Angles are f64 whatever the model's type: their error grows with the position.
  PrimitiveBuilder angles(builder, getLoc(), Float64Type::get(getContext()));
  int64_t tokens = extent(getX(), 0), width = extent(getX(), 1), headDim = getHeadDim(), rotary = getRotaryDim();
  SmallVector<double> frequencies = ropeFrequencies(*this);
  // The outer product of positions and frequencies, as a contraction over an axis of extent one.
  Value positions = angles.reshape(angles.load(getPositions()), {tokens, 1});
  Value angle = angles.contract(positions, angles.reshape(angles.list(frequencies), {rotary / 2, 1}));

  Value heads = p.reshape(p.load(getX()), {tokens, width / headDim, headDim});
  Value low = p.slice(heads, 2, 0, rotary / 2), high = p.slice(heads, 2, rotary / 2, rotary);
  Value cosine = p.broadcast(p.load(angles.map<math::CosOp>(angle)), low, {0, 2});
  Value sine = p.broadcast(p.load(angles.map<math::SinOp>(angle)), low, {0, 2});
  Value y = p.concat(p.sub(p.mul(low, cosine), p.mul(high, sine)), p.add(p.mul(high, cosine), p.mul(low, sine)), 2);
  if (rotary < headDim)
    y = p.concat(y, p.slice(heads, 2, rotary, headDim), 2);
  return {p.store(p.reshape(y, {tokens, width}), getType())};
}

SmallVector<Value> ActivationOp::decompose(OpBuilder &builder) {
  PrimitiveBuilder p(builder, getLoc(), computeType(getX()));
  return {p.store(p.activation(getKind(), p.load(getX())), getType())};
}

SmallVector<Value> GateOp::decompose(OpBuilder &builder) {
  PrimitiveBuilder p(builder, getLoc(), computeType(getX()));
  return {p.store(p.mul(p.activation(getKind(), p.load(getGate())), p.load(getX())), getType())};
}

SmallVector<Value> AddOp::decompose(OpBuilder &builder) {
  PrimitiveBuilder p(builder, getLoc(), computeType((*this)->getOperands()));
  return {p.store(p.add(p.load(getA()), p.load(getB())), getType())};
}

SmallVector<Value> CastOp::decompose(OpBuilder &builder) {
  PrimitiveBuilder p(builder, getLoc(), computeType(getX()));
  return {p.store(getX(), getType())};
}

SmallVector<Value> ColumnsOp::decompose(OpBuilder &builder) {
  PrimitiveBuilder p(builder, getLoc(), computeType(getX()));
  int64_t offset = getOffset();
  return {p.store(p.slice(getX(), 1, offset, offset + extent(getResult(), 1)), getType())};
}
