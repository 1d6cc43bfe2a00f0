//===- Steps.cpp - The step regions of the sequence operators --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyShapes.h"
#include "braid/Dialect/Braid/IR/PrimitiveBuilder.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace braid;

static Type elementOf(Value value) { return getElementTypeOrSelf(value.getType()); }

void CausalConv1dOp::buildStep(OpBuilder &builder, ValueRange state, ValueRange token, ValueRange parameters,
                               SmallVectorImpl<Value> &newState, SmallVectorImpl<Value> &outputs) {
  PrimitiveBuilder p(builder, getLoc(), computeType((*this)->getOperands().drop_back()));
  int64_t channels = extent(getX(), 1), width = extent(getWeight(), 2);
  Value x = p.reshape(p.load(token[0]), {1, channels});
  Value window = p.concat(p.load(state[0]), x, 0); // [width, channels], the last w inputs
  newState.push_back(p.convert(p.slice(window, 0, 1, width), elementOf(state[0])));

  Value taps = p.transpose(p.reshape(p.load(parameters[0]), {channels, width}), {1, 0});
  Value y = p.sum(p.mul(taps, window), 0);
  if (getBias())
    y = p.add(y, p.load(parameters[1]));
  outputs.push_back(p.convert(p.activation(getActivation(), y), elementOf(getResult())));
}

void SSDScanOp::buildStep(OpBuilder &builder, ValueRange state, ValueRange token, ValueRange parameters,
                          SmallVectorImpl<Value> &newState, SmallVectorImpl<Value> &outputs) {
  PrimitiveBuilder p(builder, getLoc(), computeType((*this)->getOperands().drop_back()));
  int64_t heads = getHeads(), headDim = getHeadDim(), groups = getGroups(), size = getStateSize();
  // A group's row of b or c, for each of its heads: [heads, size].
  auto byHead = [&](Value x) {
    Value grouped = p.reshape(p.load(x), {groups, size});
    return p.reshape(p.repeat(grouped, {groups, heads / groups, size}, {0, 2}), {heads, size});
  };
  Value x = p.reshape(p.load(token[0]), {heads, headDim}), b = byHead(token[2]), c = byHead(token[3]);
  Value a = p.neg(p.exp(p.load(parameters[0]))), d = p.load(parameters[1]), bias = p.load(parameters[2]);

  Value delta = p.softplus(p.add(p.load(token[1]), bias)); // [heads], as are a, d and the decay
  delta = p.atMost(p.atLeast(delta, getDtMin().convertToDouble()), getDtMax().convertToDouble());
  Value old = p.load(state[0]);
  Value decay = p.broadcast(p.exp(p.mul(delta, a)), old, {0});
  Value input = p.mul(x, p.broadcast(delta, x, {0}));
  Value outer = p.contract(p.reshape(input, {heads, headDim, 1}), p.reshape(b, {heads, size, 1}), /*batch=*/1);
  Value next = p.add(p.mul(decay, old), outer); // [heads, headDim, size]
  newState.push_back(p.convert(next, elementOf(state[0])));

  Value y = p.add(p.contract(next, c, /*batch=*/1), p.mul(p.broadcast(d, x, {0}), x));
  outputs.push_back(p.convert(p.reshape(y, {heads * headDim}), elementOf(getResult())));
}

void SelectiveScanOp::buildStep(OpBuilder &builder, ValueRange state, ValueRange token, ValueRange parameters,
                                SmallVectorImpl<Value> &newState, SmallVectorImpl<Value> &outputs) {
  PrimitiveBuilder p(builder, getLoc(), computeType((*this)->getOperands().drop_back()));
  Value x = p.load(token[0]), b = p.load(token[2]), c = p.load(token[3]); // [channels], then [size] twice
  Value a = p.neg(p.exp(p.load(parameters[0]))), d = p.load(parameters[1]), bias = p.load(parameters[2]);

  Value delta = p.softplus(p.add(p.load(token[1]), bias)); // [channels]
  Value old = p.load(state[0]);
  auto ofChannel = [&](Value vector) { return p.broadcast(vector, old, {0}); };
  auto ofState = [&](Value vector) { return p.broadcast(vector, old, {1}); };
  Value decay = p.exp(p.mul(ofChannel(delta), a)); // [channels, size], as a
  Value next = p.add(p.mul(decay, old), p.mul(ofChannel(p.mul(delta, x)), ofState(b)));
  newState.push_back(p.convert(next, elementOf(state[0])));

  Value y = p.add(p.sum(p.mul(next, ofState(c)), 1), p.mul(d, x));
  outputs.push_back(p.convert(y, elementOf(getResult())));
}

void AttentionOp::buildStep(OpBuilder &builder, ValueRange state, ValueRange token, ValueRange parameters,
                            SmallVectorImpl<Value> &newState, SmallVectorImpl<Value> &outputs) {
  PrimitiveBuilder p(builder, getLoc(), computeType((*this)->getOperands().drop_back()));
  int64_t heads = getHeads(), kvHeads = getKvHeads(), headDim = getHeadDim();
  // The history with this token's entry at its end, [s, kvHeads, headDim].
  for (int i : {0, 1}) {
    Value entry = p.reshape(p.convert(token[1 + i], elementOf(state[i])), {1, kvHeads, headDim});
    newState.push_back(p.concat(state[i], entry, 0));
  }
  Value keys = p.transpose(p.load(newState[0]), {1, 0, 2});   // [kvHeads, s, headDim]
  Value values = p.transpose(p.load(newState[1]), {1, 2, 0}); // [kvHeads, headDim, s]
  Value q = p.reshape(p.load(token[0]), {kvHeads, heads / kvHeads, headDim});

  Value scores = p.mul(p.contract(q, keys, /*batch=*/1), getScale().convertToDouble());
  Value maximum = p.max(scores, 2);
  Value weights = p.exp(p.sub(scores, p.broadcast(maximum, scores, {0, 1})));
  Value sum = p.sum(weights, 2);
  Value y = p.contract(weights, values, /*batch=*/1); // [kvHeads, heads / kvHeads, headDim]
  y = p.div(y, p.broadcast(sum, y, {0, 1}));
  outputs.push_back(p.convert(p.reshape(y, {heads * headDim}), elementOf(getResult())));
  if (Value logSumExp = getLogSumExp())
    outputs.push_back(p.convert(p.reshape(p.add(maximum, p.log(sum)), {heads}), elementOf(logSumExp)));
}
