//===- SelectiveScan.cpp - Selective scan ----------------------------------===//
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

/// A block of channels of one row, from its stored state to its final one. Channels are the tiles' columns: they do not
/// depend on each other, and what a processor does at once, it does for neighbouring ones.
struct SelectiveScanText {
  static constexpr int64_t channels = 64;

  KernelBuilder &k;
  View x, dt, b, c, aLog, d, dtBias, y;
  std::optional<View> state;
  Row row;
  Scalar channel;
  int64_t tokens; // at a time

  int64_t states = b.viewType().getShape()[1];
  Type element = y.elementType(), compute = computeType(element);

  /// States lie in memory as [d_inner, N], and A as they do; the recurrence has them as [N, channels].
  Tile initialState() {
    if (!state)
      return k.zeros({states, channels}, compute);
    ValidRange stored{1, 0, row.stored(state->viewType().getShape()[1])};
    return k.transpose(k.load(*state, {row.slot, channel, 0}, {channels, states}, {stored}).to(compute));
  }
  void keepState(Tile last) {
    if (state)
      k.store(k.transpose(last).to(state->elementType()), *state, {row.slot, channel, 0});
  }

  /// A log2 e: a decay is the power of two of this times the step size.
  Tile rates() {
    double log2e = 1 / std::log(2.0);
    return k.transpose(k.map({k.load(aLog, {channel, 0}, {channels, states})},
                             [&](Args e) { return exp(e[0].to(compute)) * -log2e; }));
  }

  /// A vector of the block's channels, for each of the tokens.
  Tile parameter(View vector) {
    return k.broadcast(k.load(vector, {channel}, {channels}).to(compute), 0, tokens);
  }

  /// d_t = softplus(dt + bias); s <- exp(d_t A) s + d_t x b; y = s . c + D x.
  void scan() {
    Tile rate = rates(), skip = parameter(d), bias = parameter(dtBias);
    Operands last =
        k.forRange(row.start, row.end, tokens, {initialState()}, [&](Scalar t, ArrayRef<Operand> carried) -> Operands {
          ValidRange inRow{0, t, row.end};
          auto ofChannels = [&](View view) { return k.load(view, {t, channel}, {tokens, channels}, {inRow}).to(compute); };
          auto ofStates = [&](View view) { return k.load(view, {t, 0}, {tokens, states}, {inRow}).to(compute); };
          Tile input = ofChannels(x);
          Tile step = k.map({ofChannels(dt), bias}, [](Args e) { return softplus(e[0] + e[1]); });
          auto [out, next] = k.recurrence(
              {input * step, step, ofStates(b), ofStates(c), rate, Tile(carried[0]), /*count=*/row.end - t});
          k.store((out + input * skip).to(element), y, {t, channel}, {inRow});
          return {next};
        });
    keepState(Tile(last[0]));
  }
};

} // namespace

void braid::lowerSelectiveScan(SelectiveScanOp anchor, LaunchBuilder &builder) {
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

  // The order of every sum is that of the tokens, so a step and a segment give the same bits.
  int64_t tokens = builder.isStep() ? 1 : 16, total = anchor.getX().getType().getDimSize(1);
  int64_t blocks = (total + SelectiveScanText::channels - 1) / SelectiveScanText::channels;
  SmallVector<Value> grid{builder.size(host::Size::Rows), builder.index(blocks)};
  builder.launch(builder.isStep() ? "selective_scan_step" : "selective_scan_segment", grid, arguments,
                 [&](KernelBuilder &k, const KernelArguments &a) {
    Row row(k, a, rows, k.blockId(0));
    k.ifThen(row.isReal(), [&] {
      SelectiveScanText text{k,
                             a.view(0),
                             a.view(1),
                             a.view(2),
                             a.view(3),
                             a.view(4),
                             a.view(5),
                             a.view(6),
                             a.view(7),
                             anchor.getStateAttr() ? std::optional(a.view(state)) : std::nullopt,
                             row,
                             k.blockId(1) * SelectiveScanText::channels,
                             tokens};
      text.scan();
    });
  });
}
