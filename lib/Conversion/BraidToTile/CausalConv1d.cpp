//===- CausalConv1d.cpp - Depthwise causal convolution ---------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Families.h"
#include "Rows.h"

using namespace mlir;
using namespace braid;
using namespace braid::tile;

namespace {

/// One row's tokens in one block of channels. The row's inputs continue its tail: input e of the joined sequence is
/// tail[e] for e < w - 1, then x[start + e - (w - 1)].
struct ConvText {
  KernelBuilder &k;
  CausalConv1dOp op;
  View x, weight, y;
  std::optional<View> bias, tail;
  Row row;
  Scalar channel;
  int64_t tokens, channels, width;
  Type compute;

  /// Joined inputs e .. e + count of the row, the part that comes from x.
  Tile fromX(Scalar e, int64_t count) {
    return k.load(x, {row.start + e - (width - 1), channel}, {count, channels}, {{0, row.start, row.end}}).to(compute);
  }
  /// The part that comes from the tail; nothing where the sequence starts.
  Tile fromTail(Scalar e, int64_t count) {
    return k.load(*tail, {row.slot, e, channel}, {count, channels}, {{1, 0, row.stored(width - 1)}}).to(compute);
  }

  /// Tap i of every channel of the block, from weights [width, channels].
  Tile tap(Tile weights, int64_t i) {
    Tile chosen = k.mapAt({weights}, [&](Args e) { return select(e[1] == i, e[0], 0.0); });
    return k.reduceAdd(chosen, 0);
  }

  /// Few taps are loaded once and their sum is unrolled; more become a loop, so that no width makes a long text.
  static constexpr int64_t mostUnrolled = 8;
  SmallVector<Tile> taps = {};

  void loadTaps() {
    if (width > mostUnrolled)
      return;
    Tile weights = k.transpose(k.load(weight, {channel, 0}, {channels, width}).to(compute));
    for (int64_t i = 0; i < width; ++i)
      taps.push_back(k.broadcast(tap(weights, i), 0, tokens));
  }

  /// sum + tap[i] * input(i) over the taps.
  Tile addTaps(Tile sum, llvm::function_ref<Tile(Number)> input) {
    if (width <= mostUnrolled) {
      for (int64_t i = 0; i < width; ++i)
        sum = sum + taps[i] * input(i);
      return sum;
    }
    Operands total = k.forRange(0, width, 1, {sum}, [&](Scalar i, ArrayRef<Operand> carried) -> Operands {
      Tile tap = k.reshape(k.load(weight, {channel, i}, {channels, 1}), {channels}).to(compute);
      return {Tile(carried[0]) + k.broadcast(tap, 0, tokens) * input(i)};
    });
    return Tile(total[0]);
  }

  /// The sums of tokens t .. t + tokens of the row, over the taps in one order wherever the inputs lie: a row gives the
  /// bits in pieces that it gives in one go.
  Tile sums(Tile start, Scalar t) {
    auto x = [&](Number i) { return fromX(t + i.index(k.ops()), tokens); };
    if (!tail)
      return addTaps(start, x);
    auto either = [&](Number i) { return x(i) + fromTail(t + i.index(k.ops()), tokens); };
    // Only the first tokens of a row reach back into its tail.
    return Tile(k.ifElse(
        t < width - 1, [&]() -> Operands { return {addTaps(start, either)}; },
        [&]() -> Operands { return {addTaps(start, x)}; })[0]);
  }

  void convolve() {
    loadTaps();
    k.forRange(0, row.end - row.start, tokens, [&](Scalar t) {
      Tile start = bias ? k.broadcast(k.load(*bias, {channel}, {channels}).to(compute), 0, tokens)
                        : k.zeros({tokens, channels}, compute);
      Tile out = k.map({sums(start, t)},
                       [&](Args e) { return applyActivation(op.getActivation(), e[0]).to(y.elementType()); });
      k.store(out, y, {row.start + t, channel}, {{0, row.start, row.end}});
    });
  }

  /// The last w - 1 inputs of the joined sequence are the next call's tail. A part that moves within the tail moves
  /// towards its start, so parts can be moved in order.
  void keepTail() {
    Scalar count = row.end - row.start;
    auto keep = [&](Scalar first, int64_t part, ArrayRef<ValidRange> valid) {
      Tile kept = fromX(count + first, part) + fromTail(count + first, part);
      k.store(kept.to(tail->elementType()), *tail, {row.slot, first, channel}, valid);
    };
    if (width <= mostUnrolled)
      keep(k.constant(0), width - 1, {});
    else
      k.forRange(0, width - 1, 32, [&](Scalar first) { keep(first, 32, ValidRange{1, 0, width - 1}); });
  }
};

} // namespace

void braid::lowerCausalConv1d(CausalConv1dOp anchor, LaunchBuilder &builder) {
  int64_t total = anchor.getX().getType().getDimSize(1), width = anchor.getWeight().getType().getDimSize(2);
  int64_t channels = std::min<int64_t>(total, 64), tokens = builder.isStep() ? 1 : 32;
  bool hasTail = anchor.getStateAttr() && width > 1;

  SmallVector<Value> arguments{builder.view(anchor.getX()), builder.view(anchor.getWeight()), builder.result()};
  unsigned rows = arguments.size();
  appendRowArrays(builder, arguments);
  unsigned bias = arguments.size();
  if (anchor.getBias())
    arguments.push_back(builder.view(anchor.getBias()));
  unsigned tail = arguments.size();
  if (hasTail)
    arguments.push_back(builder.state(anchor.getStateAttr()));

  SmallVector<Value> grid{builder.size(host::Size::Rows), builder.index((total + channels - 1) / channels)};
  builder.launch("causal_conv1d", grid, arguments, [&](KernelBuilder &k, const KernelArguments &a) {
    ConvText text{k,
                  anchor,
                  a.view(0),
                  a.view(1),
                  a.view(2),
                  anchor.getBias() ? std::optional(a.view(bias)) : std::nullopt,
                  hasTail ? std::optional(a.view(tail)) : std::nullopt,
                  Row(k, a, rows, k.blockId(0)),
                  k.blockId(1) * channels,
                  tokens,
                  channels,
                  width,
                  computeType(anchor.getX().getType())};
    k.ifThen(text.row.isReal(), [&] {
      text.convolve();
      if (hasTail)
        text.keepTail();
    });
  });
}
