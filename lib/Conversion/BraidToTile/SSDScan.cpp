//===- SSDScan.cpp - State-space dual scan ---------------------------------===//
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

namespace {

/// One head of one row, from its stored state to its final one.
struct SSDText {
  KernelBuilder &k;
  SSDScanOp op;
  View x, dt, b, c, aLog, d, dtBias, y;
  std::optional<View> state;
  Row row;
  Scalar head;
  int64_t chunk;

  int64_t headDim = op.getHeadDim(), stateSize = op.getStateSize();
  Type element = op.getX().getType().getElementType();
  Type compute = computeType(element);
  Scalar group = head / (int64_t(op.getHeads()) / int64_t(op.getGroups()));
  Scalar a = -exp(k.read(aLog, {head}).to(compute)), skip = k.read(d, {head}).to(compute),
         bias = k.read(dtBias, {head}).to(compute);

  /// clamp(softplus(dt + bias), dt_min, dt_max)
  Scalar stepSize(Scalar raw) {
    Scalar value = softplus(raw.to(compute) + bias);
    double lo = op.getDtMin().convertToDouble(), hi = op.getDtMax().convertToDouble();
    if (lo > 0)
      value = max(value, lo);
    if (std::isfinite(hi))
      value = min(value, hi);
    return value;
  }

  Tile initialState() {
    if (!state)
      return k.zeros({headDim, stateSize}, compute);
    return k.load(*state, {row.slot, head, 0, 0}, {headDim, stateSize}, {{2, 0, row.stored(headDim)}}).to(compute);
  }
  void keepState(Tile s) {
    if (state)
      k.store(s.to(state->elementType()), *state, {row.slot, head, 0, 0});
  }

  /// One token: S <- exp(dt a) S + dt x (outer) B; y = S C + D x.
  void step() {
    Scalar t = row.start;
    Scalar size = stepSize(k.read(dt, {t, head})), alpha = exp(size * a);
    Tile xt = k.load(x, {t, head * headDim}, {headDim}).to(compute);
    Tile bt = k.load(b, {t, group * stateSize}, {stateSize}).to(compute);
    Tile ct = k.load(c, {t, group * stateSize}, {stateSize}).to(compute);
    Tile s = initialState() * alpha + k.broadcast(xt * size, 1, stateSize) * k.broadcast(bt, 0, headDim);
    keepState(s);
    Tile out = k.reduceAdd(s * k.broadcast(ct, 0, headDim), 1) + xt * skip;
    k.store(out.to(element), y, {t, head * headDim});
  }

  /// s + weighted^T b. Where the state is stored in as few bits as the factors have, an error in their last bit would be
  /// one in the state's: then the bits that a factor loses are multiplied too.
  Tile addOuterProducts(Tile weighted, Tile b, Tile s) {
    KernelBuilder::Mma transposed{/*transposeA=*/true, false};
    Tile high = weighted.to(element);
    Tile sum = k.mma(high, b, s, transposed);
    if (element == compute || !state || state->elementType() != element)
      return sum;
    Tile low = k.map({weighted, high}, [&](Args e) { return (e[0] - e[1].to(compute)).to(element); });
    return k.mma(low, b, sum, transposed);
  }

  /// A run of tokens in chunks, with l the running sum of dt a within a chunk (models: Dao and Gu, section 6):
  /// y_i = sum_{j<=i} (C_i . B_j) exp(l_i - l_j) dt_j x_j + exp(l_i) S C_i + D x_i,
  /// S <- exp(l_last) S + sum_j exp(l_last - l_j) dt_j x_j (outer) B_j.
  void segment() {
    const int64_t q = chunk, n = stateSize, p = headDim;
    Operands last = k.forRange(row.start, row.end, q, {initialState()}, [&](Scalar t, ArrayRef<Operand> carried) -> Operands {
      Tile s(carried[0]);
      ValidRange inRow{0, row.start, row.end};
      Tile raw = k.reshape(k.load(dt, {t, head}, {q, 1}, {inRow}), {q});
      // Beyond the row's end the step is zero: no decay, no input.
      Tile size = k.mapAt({raw}, [&](Args e) { return select(t + e[1] < row.end, stepSize(e[0]), 0.0); });
      // The difference of two sums in f32 is too coarse where a large step lies before both: sums are f64, taken apart
      // into a number of the compute type and the rest.
      Tile sums = k.prefixSum(k.map({size}, [&](Args e) { return (e[0] * a).to(k.f64()); }), 0);
      Tile l = sums.to(compute);
      Tile rest = k.map({sums, l}, [&](Args e) { return (e[0] - e[1].to(k.f64())).to(compute); });
      Scalar lLast = k.extract(l, {q - 1}), restLast = k.extract(rest, {q - 1});
      Tile xc = k.load(x, {t, head * p}, {q, p}, {inRow});
      Tile bc = k.load(b, {t, group * n}, {q, n}, {inRow}), cc = k.load(c, {t, group * n}, {q, n}, {inRow});

      Tile cb = k.mma(cc, bc, k.zeros({q, q}, compute), {false, /*transposeB=*/true});
      Tile m = k.mapAt({cb, k.broadcast(l, 1, q), k.broadcast(l, 0, q), k.broadcast(rest, 1, q), k.broadcast(rest, 0, q),
                        k.broadcast(size, 0, q)}, [&](Args e) {
        Scalar i = e[6], j = e[7];
        Scalar weight = exp(min((e[1] - e[2]) + (e[3] - e[4]), 0.0)) * e[5];
        return select(j <= i, e[0] * weight, 0.0).to(element);
      });
      Tile fromState = k.mma(cc, s.to(element), k.zeros({q, p}, compute), {false, /*transposeB=*/true});
      Tile decay = k.map({l}, [](Args e) { return exp(e[0]); });
      Tile carriedIn = k.map({fromState, k.broadcast(decay, 1, p), xc}, [&](Args e) {
        return e[0] * e[1] + e[2].to(compute) * skip;
      });
      k.store(k.mma(m, xc, carriedIn).to(element), y, {t, head * p}, {inRow});

      Tile weights = k.map({l, rest, size}, [&](Args e) { return exp((lLast - e[0]) + (restLast - e[1])) * e[2]; });
      Tile weighted = k.map({xc, k.broadcast(weights, 1, p)}, [&](Args e) { return e[0].to(compute) * e[1]; });
      return {addOuterProducts(weighted, bc, s * exp(lLast))};
    });
    keepState(Tile(last[0]));
  }
};

} // namespace

void braid::lowerSSDScan(SSDScanOp anchor, LaunchBuilder &builder) {
  SmallVector<Value> arguments;
  for (Value operand : {anchor.getX(), anchor.getDt(), anchor.getB(), anchor.getC(), anchor.getALog(), anchor.getD(),
                        anchor.getDtBias()})
    arguments.push_back(builder.view(operand));
  arguments.push_back(builder.result());
  unsigned rows = arguments.size();
  appendRowArrays(builder, arguments);
  unsigned state = arguments.size();
  if (anchor.getStateAttr())
    arguments.push_back(builder.state(anchor.getStateAttr()));

  SmallVector<Value> grid{builder.size(host::Size::Rows), builder.index(anchor.getHeads())};
  StringRef stem = builder.isStep() ? "ssd_scan_step" : "ssd_scan_segment";
  builder.launch(stem, grid, arguments, [&](KernelBuilder &k, const KernelArguments &a) {
    Row row(k, a, rows, k.blockId(0));
    Scalar head = k.blockId(1);
    k.ifThen(row.isReal(), [&] {
      SSDText text{k,         anchor,    a.view(0), a.view(1),
                   a.view(2), a.view(3), a.view(4), a.view(5),
                   a.view(6), a.view(7), anchor.getStateAttr() ? std::optional(a.view(state)) : std::nullopt,
                   row,       head,      int64_t(anchor.getChunk())};
      if (builder.isStep())
        text.step();
      else
        text.segment();
    });
  });
}
