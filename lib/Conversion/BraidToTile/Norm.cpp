//===- Norm.cpp - Normalisations of each token -----------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Families.h"

using namespace mlir;
using namespace braid;
using namespace braid::tile;

/// A vector of a weight in the compute type, with one added where the file stores weight - 1.
static Tile loadWeight(KernelBuilder &k, View weight, Scalar first, int64_t size, Type compute, bool plusOne) {
  Tile w = k.load(weight, {first}, {size}).to(compute);
  return plusOne ? w + 1.0 : w;
}

// y = x rsqrt(mean(x^2) + eps) w
void braid::lowerRMSNorm(RMSNormOp anchor, LaunchBuilder &builder) {
  int64_t width = anchor.getX().getType().getDimSize(1);
  Type compute = computeType(anchor.getX().getType());
  double eps = anchor.getEps().convertToDouble();
  SmallVector<Value> arguments{builder.view(anchor.getX()), builder.view(anchor.getWeight()), builder.result()};
  builder.launch("rms_norm", {builder.entries(anchor.getResult())}, arguments,
                 [&](KernelBuilder &k, const KernelArguments &a) {
                   View x = a.view(0), weight = a.view(1), y = a.view(2);
                   Scalar row = k.blockId(0);
                   Tile v = k.load(x, {row, 0}, {width}).to(compute);
                   Scalar scale = rsqrt(k.extract(k.reduceAdd(v * v, 0), {}) / double(width) + eps);
                   Tile w = loadWeight(k, weight, k.constant(0), width, compute, anchor.getPlusOne());
                   k.store((v * scale * w).to(y.elementType()), y, {row, 0});
                 });
}

// y = (x - mean) rsqrt(var + eps) w + bias
void braid::lowerLayerNorm(LayerNormOp anchor, LaunchBuilder &builder) {
  int64_t width = anchor.getX().getType().getDimSize(1);
  Type compute = computeType(anchor.getX().getType());
  double eps = anchor.getEps().convertToDouble();
  SmallVector<Value> arguments{builder.view(anchor.getX()), builder.view(anchor.getWeight()),
                               builder.view(anchor.getBias()), builder.result()};
  builder.launch("layer_norm", {builder.entries(anchor.getResult())}, arguments,
                 [&](KernelBuilder &k, const KernelArguments &a) {
                   View x = a.view(0), weight = a.view(1), bias = a.view(2), y = a.view(3);
                   Scalar row = k.blockId(0);
                   Tile v = k.load(x, {row, 0}, {width}).to(compute);
                   Tile centred = v - k.extract(k.reduceAdd(v, 0), {}) / double(width);
                   Scalar scale = rsqrt(k.extract(k.reduceAdd(centred * centred, 0), {}) / double(width) + eps);
                   Tile w = loadWeight(k, weight, k.constant(0), width, compute, anchor.getPlusOne());
                   k.store((centred * scale * w + k.load(bias, {0}, {width}).to(compute)).to(y.elementType()), y,
                           {row, 0});
                 });
}

// v = x silu(gate); y = v rsqrt(mean_g(v^2) + eps) w, one block for each group of each token
void braid::lowerGatedRMSNorm(GatedRMSNormOp anchor, LaunchBuilder &builder) {
  int64_t groups = anchor.getGroups(), width = anchor.getX().getType().getDimSize(1) / groups;
  Type compute = computeType(anchor.getX().getType());
  double eps = anchor.getEps().convertToDouble();
  SmallVector<Value> arguments{builder.view(anchor.getX()), builder.view(anchor.getGate()),
                               builder.view(anchor.getWeight()), builder.result()};
  builder.launch("gated_rms_norm", {builder.entries(anchor.getResult()), builder.index(groups)}, arguments,
                 [&](KernelBuilder &k, const KernelArguments &a) {
                   View x = a.view(0), gate = a.view(1), weight = a.view(2), y = a.view(3);
                   Scalar row = k.blockId(0), first = k.blockId(1) * width;
                   Tile v = k.map({k.load(x, {row, first}, {width}), k.load(gate, {row, first}, {width})},
                                  [&](Args e) { return e[0].to(compute) * silu(e[1].to(compute)); });
                   Scalar scale = rsqrt(k.extract(k.reduceAdd(v * v, 0), {}) / double(width) + eps);
                   Tile w = loadWeight(k, weight, first, width, compute, /*plusOne=*/false);
                   k.store((v * scale * w).to(y.elementType()), y, {row, first});
                 });
}
