//===- Attention.cpp - Causal attention over pages -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Families.h"
#include "Rows.h"
#include "braid/Dialect/Braid/IR/PrimitiveBuilder.h"
#include "braid/Runtime/artifact.h"

using namespace mlir;
using namespace braid;
using namespace braid::tile;

/// Bytes of one token's entries in the key and value states.
static Cost entryBytes(AttentionOp anchor) {
  Cost cost;
  for (RankedTensorType type : anchor.getStateTypes())
    cost += Cost::perToken(type.getDimSize(1) * type.getDimSize(2) * type.getElementTypeBitWidth() / 8);
  return cost;
}

static Cost bytesOfTokens(Value x) {
  auto tensor = cast<RankedTensorType>(x.getType());
  return Cost::perToken(tensor.getDimSize(1) * tensor.getElementTypeBitWidth() / 8);
}

/// Reads keys and values as the projections left them, and writes them to their pages. What is both is read once.
static LaunchCost storeCost(AttentionOp anchor) {
  Cost bytes = entryBytes(anchor) + bytesOfTokens(anchor.getK());
  if (anchor.getV() != anchor.getK())
    bytes += bytesOfTokens(anchor.getV());
  return {Cost(), bytes, Cost()};
}

/// Stores the keys and values of a row's tokens at their positions: a block for each head of each page that the row
/// reaches. Where the attention behind it has a work counter, the first block makes it zero.
static void storeKeysAndValues(AttentionOp anchor, LaunchBuilder &builder, Value keys, Value values, Value pages,
                               Value pagesPerSlot, Value counter) {
  const int64_t kvHeads = anchor.getKvHeads(), headDim = anchor.getHeadDim();
  const int64_t tokens = builder.isStep() ? 1 : BRAID_PAGE_TOKENS;
  SmallVector<Value> arguments{builder.headsFirst(builder.view(anchor.getK()), kvHeads),
                               builder.headsFirst(builder.view(anchor.getV()), kvHeads), keys, values, pages,
                               pagesPerSlot};
  unsigned rows = arguments.size();
  appendRowArrays(builder, arguments);
  unsigned counterNumber = arguments.size();
  if (counter)
    arguments.push_back(counter);
  // A row that begins within a page may reach one page more.
  Value reach = builder.sum(builder.size(host::Size::LongestRow), builder.index(tokens - 1));
  SmallVector<Value> grid{builder.size(host::Size::Rows), builder.index(kvHeads), builder.ceilDiv(reach, tokens)};
  builder.launch("kv_store", grid, arguments, storeCost(anchor), [&](KernelBuilder &k, const KernelArguments &a) {
    if (counter)
      k.ifThen(k.blockId(0) + k.blockId(1) + k.blockId(2) < 1, [&] {
        View view = a.view(counterNumber);
        k.write(k.constant(0.0, view.elementType()), view, {0});
      });
    Row row(k, a, rows, k.blockId(0));
    Scalar head = k.blockId(1), first = (row.position / tokens + k.blockId(2)) * tokens;
    Scalar token = row.start + (first - row.position); // of the block's first position, maybe of a row before
    k.ifThen(row.isReal() && token < row.end, [&] {
      Scalar entry = row.slot * a.scalar(5) + first / BRAID_PAGE_TOKENS, inPage = first % BRAID_PAGE_TOKENS;
      Scalar page = k.read(a.view(4), {entry}).to(k.ops().getIndexType());
      ValidRange inRow{1, row.start, row.end}, stored{2, inPage + (row.start - token), inPage + (row.end - token)};
      for (unsigned i : {0, 1}) {
        Tile entries = k.load(a.view(i), {head, token, 0}, {tokens, headDim}, {inRow});
        View state = a.view(2 + i);
        k.store(entries.to(state.elementType()), state, {page, head, inPage, 0}, {stored});
      }
    });
  });
}

namespace {

/// A tile of queries that share one key-value head, against all positions up to their own, page by page with a running
/// maximum and sum (Milakov and Gimelshein, "Online normalizer calculation for softmax").
struct AttentionText {
  KernelBuilder &k;
  AttentionOp op;
  int64_t step; // positions taken together: a page, or a whole part of one
  View keys, values, pages;
  Scalar pagesPerSlot, kvHead;
  Row row;
  /// Of the factors of the products: queries, keys and values, where these have one type.
  Type element = factorType({op.getQ(), op.getK(), op.getV()}), compute = computeType(element);
  double scale = op.getScale().convertToDouble();
  double lowest = -1e30; // below any score, and finite, so that differences of maxima are never NaN

  struct Attended {
    Tile result, logSumExp; // the second where it is asked for
  };

  /// Queries q [m, head_dim]; query i sees positions up to `first` + i, or up to `first` where all share it.
  Attended attend(Tile q, Scalar first, bool rising) {
    q = q.to(element);
    const int64_t m = q.size(0), headDim = q.size(1), page = BRAID_PAGE_TOKENS;
    Scalar visible = min(first + (rising ? m : 1), row.position + (row.end - row.start));
    Operands inits{k.splat(k.constant(lowest, compute), {m}), k.zeros({m}, compute), k.zeros({m, headDim}, compute)};
    Operands done = k.forRange(0, visible, step, inits, [&](Scalar start, ArrayRef<Operand> carried) -> Operands {
      Tile maximum(carried[0]), sum(carried[1]), out(carried[2]);
      Scalar number = k.read(pages, {row.slot * pagesPerSlot + start / page}).to(k.ops().getIndexType());
      Scalar inPage = step == page ? k.constant(int64_t(0)) : start % page;
      ValidRange stored{2, 0, inPage + (visible - start)};
      Tile kt = k.load(keys, {number, kvHead, inPage, 0}, {step, headDim}, {stored}).to(element);
      Tile vt = k.load(values, {number, kvHead, inPage, 0}, {step, headDim}, {stored}).to(element);
      Tile product = k.mma(q, kt, k.zeros({m, step}, compute), {false, /*transposeB=*/true});
      Tile scores = k.mapAt({product}, [&](Args e) {
        Scalar last = rising ? first + e[1] : first;
        return select(start + e[2] <= last, e[0] * scale, lowest);
      });
      Tile newMaximum = k.map({maximum, k.reduceMax(scores, 1)}, [](Args e) { return max(e[0], e[1]); });
      Tile rescale = k.map({maximum, newMaximum}, [](Args e) { return exp(e[0] - e[1]); });
      // A masked score is lowest, and the maximum is above it: its weight is zero.
      Tile weights = k.map({scores, k.broadcast(newMaximum, 1, step)}, [](Args e) { return exp(e[0] - e[1]); });
      Tile newSum = sum * rescale + k.reduceAdd(weights, 1);
      return {newMaximum, newSum, k.mma(weights.to(element), vt, out * k.broadcast(rescale, 1, headDim))};
    });
    Tile maximum(done[0]), sum(done[1]), out(done[2]);
    Attended attended;
    attended.result = k.map({out, k.broadcast(sum, 1, headDim)}, [](Args e) { return e[0] / e[1]; });
    if (op.getLogSumExp())
      attended.logSumExp = k.reshape(k.map({maximum, sum}, [](Args e) { return e[0] + log(e[1]); }), {m, 1});
    return attended;
  }
};

} // namespace

LogicalResult braid::lowerAttention(AttentionOp anchor, LaunchBuilder &builder) {
  FusedOp fused = builder.getFused();
  auto config = dyn_cast_or_null<AttentionConfigAttr>(fused.getConfigAttr());
  if (!config)
    return fused.emitOpError() << "expects a #tile.attention_config; run braid-schedule first";
  if (BRAID_PAGE_TOKENS % config.getKeys())
    return fused.emitOpError() << "expects keys that divide a page of " << BRAID_PAGE_TOKENS << " tokens, found "
                               << config.getKeys();
  int64_t heads = anchor.getHeads(), kvHeads = anchor.getKvHeads(), headDim = anchor.getHeadDim();
  int64_t shared = heads / kvHeads;
  Value keys = builder.state(anchor.getKeyStateAttr()), values = builder.state(anchor.getValueStateAttr());
  Value pages = builder.array(host::Array::Pages), pagesPerSlot = builder.size(host::Size::PagesPerSlot);

  // A step has one query for each head: the heads that share keys are the rows of its tile. A segment's are its tokens.
  const int64_t tokens = config.getQueries();
  bool step = builder.isStep();
  // A schedule's blocks draw their work from a counter; a config for a CPU, which has none, leaves these at 1. It is the
  // call's own, so that calls on several streams do not meet.
  Value counter;
  if (!step && (config.getStages() > 1 || config.getGroups() > 1 || config.getRaster() > 1))
    counter = builder.buffer(host::Axis::Fixed, ViewType::get({1}, IntegerType::get(anchor.getContext(), 64)));
  storeKeysAndValues(anchor, builder, keys, values, pages, pagesPerSlot, counter);
  auto shaped = [&](Value view) { return step ? builder.splitHeads(view, heads) : builder.headsFirst(view, heads); };
  SmallVector<Value> arguments{shaped(builder.view(anchor.getQ())), shaped(builder.result()), keys, values, pages,
                               pagesPerSlot};
  unsigned rows = arguments.size();
  appendRowArrays(builder, arguments);
  unsigned logSumExp = arguments.size();
  if (anchor.getLogSumExp())
    arguments.push_back(shaped(builder.result(1)));
  if (counter) {
    builder.setWorkCounter(arguments.size());
    arguments.push_back(counter);
  }

  SmallVector<Value> grid{builder.size(host::Size::Rows), builder.index(step ? kvHeads : heads)};
  if (!step)
    grid.push_back(builder.ceilDiv(builder.size(host::Size::LongestRow), tokens));
  // A step's cost holds the entries of all positions, its own among them. A segment reads at least what it stored.
  LaunchCost cost = builder.rest();
  if (!step)
    cost.bytes += entryBytes(anchor);
  // Queries that were stored as keys or values are read again.
  if (anchor.getQ() == anchor.getK() || anchor.getQ() == anchor.getV())
    cost.bytes += bytesOfTokens(anchor.getQ());
  builder.launch(step ? "attention_step" : "attention_segment", grid, arguments, cost,
                 [&](KernelBuilder &k, const KernelArguments &a) {
    View q = a.view(0), y = a.view(1);
    Row row(k, a, rows, k.blockId(0));
    Scalar kvHead = step ? k.blockId(1) : k.blockId(1) / shared;
    AttentionText text{k, anchor, config.getKeys(), a.view(2), a.view(3), a.view(4), a.scalar(5), kvHead, row};
    if (step) {
      k.ifThen(row.isReal(), [&] {
        Tile queries = k.load(q, {row.start, kvHead * shared, 0}, {shared, headDim});
        auto [out, sums] = text.attend(queries, row.position, /*rising=*/false);
        k.store(out.to(y.elementType()), y, {row.start, kvHead * shared, 0});
        if (sums.value)
          k.store(sums.to(a.view(logSumExp).elementType()), a.view(logSumExp), {row.start, kvHead * shared, 0});
      });
      return;
    }
    Scalar first = k.blockId(2) * tokens, head = k.blockId(1);
    k.ifThen(row.isReal() && row.start + first < row.end, [&] {
      ValidRange inRow{1, row.start, row.end};
      Tile queries = k.load(q, {head, row.start + first, 0}, {tokens, headDim}, {inRow});
      auto [out, sums] = text.attend(queries, row.position + first, /*rising=*/true);
      k.store(out.to(y.elementType()), y, {head, row.start + first, 0}, {inRow});
      if (sums.value)
        k.store(sums.to(a.view(logSumExp).elementType()), a.view(logSumExp), {head, row.start + first, 0}, {inRow});
    });
  });
  return success();
}
