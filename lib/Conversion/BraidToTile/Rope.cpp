//===- Rope.cpp - Rotary position embedding --------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Families.h"
#include "Rows.h"
#include <cmath>

using namespace mlir;
using namespace braid;
using namespace braid::tile;

/// f_i, the angle by which pair i turns from one position to the next.
static Scalar frequency(KernelBuilder &k, RopeOp op, Scalar i) {
  double base = op.getBase().convertToDouble(), factor = op.getFactor() ? op.getFactor()->convertToDouble() : 1;
  Scalar f = exp2(i.to(k.f64()) * (-2.0 * std::log2(base) / double(op.getRotaryDim())));
  if (!op.getOriginalContext())
    return factor == 1 ? f : f * (1 / factor);
  double low = op.getLowFreqFactor()->convertToDouble(), high = op.getHighFreqFactor()->convertToDouble();
  Scalar turns = f * (double(*op.getOriginalContext()) * 0.5 / M_PI);
  Scalar kept = min(max((turns - low) * (1 / (high - low)), 0.0), 1.0);
  return f * (kept + (1.0 - kept) * (1 / factor));
}

/// The angle position * f_i for i < r/2, brought into [0, 2 pi). In f64: an f32 product is off by 0.06 at a position of a
/// million.
static Tile reducedAngles(KernelBuilder &k, RopeOp op, Scalar position) {
  Scalar p = position.to(k.f64());
  return k.generate({int64_t(op.getRotaryDim()) / 2}, [&](Args i) {
    Scalar turns = p * frequency(k, op, i[0]) * (0.5 / M_PI);
    Scalar whole = turns.to(k.ops().getI64Type()).to(k.f64());
    return (turns - whole) * (2.0 * M_PI);
  });
}

// One block for each token of each row; every head turns by the same angles.
void braid::lowerRope(RopeOp anchor, LaunchBuilder &builder) {
  int64_t headDim = anchor.getHeadDim(), rotary = anchor.getRotaryDim(), half = rotary / 2;
  int64_t heads = anchor.getX().getType().getDimSize(1) / headDim;
  Type compute = computeType(anchor.getX().getType());

  SmallVector<Value> arguments{builder.view(anchor.getX()), builder.result()};
  appendRowArrays(builder, arguments);
  SmallVector<Value> grid{builder.size(host::Size::Rows), builder.size(host::Size::LongestRow)};
  builder.launch("rope", grid, arguments, [&](KernelBuilder &k, const KernelArguments &a) {
    View x = a.view(0), y = a.view(1);
    Row row(k, a, 2, k.blockId(0));
    Scalar index = k.blockId(1), token = row.start + index;
    k.ifThen(row.isReal() && token < row.end, [&] {
      Tile angles = reducedAngles(k, anchor, row.position + index);
      Tile c = k.map({angles}, [&](Args e) { return cos(e[0].to(compute)); });
      Tile s = k.map({angles}, [&](Args e) { return sin(e[0].to(compute)); });
      k.forRange(0, heads, 1, [&](Scalar head) {
        Scalar first = head * headDim;
        Tile u = k.load(x, {token, first}, {half}).to(compute), v = k.load(x, {token, first + half}, {half}).to(compute);
        k.store((u * c - v * s).to(y.elementType()), y, {token, first});
        k.store((v * c + u * s).to(y.elementType()), y, {token, first + half});
        if (rotary < headDim)
          k.store(k.load(x, {token, first + rotary}, {headDim - rotary}).to(y.elementType()), y, {token, first + rotary});
      });
    });
  });
}
