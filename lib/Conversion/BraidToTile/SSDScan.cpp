//===- SSDScan.cpp - State-space dual scan ---------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elementwise.h"
#include "Families.h"
#include "Rows.h"
#include "braid/Dialect/Braid/IR/PrimitiveBuilder.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace braid;
using namespace braid::tile;

namespace {

/// Whether a row's last chunk is one token. Such a chunk is a step: so a token gives the same bits as a row of its own in the
/// step form, as a row of a call beside longer ones, and as what is left of a row behind whole chunks.
Scalar lastChunkIsOne(const Row &row, int64_t chunk) { return (row.end - row.start - 1) % chunk == 0; }

/// Tokens [start, end) are cut into runs of equal length, of whole chunks; few of them are one. Only their number counts.
Scalar segmentTokens(Scalar start, Scalar end, int64_t segments, int64_t chunk) {
  Scalar tokens = max((end - start + (segments - 1)) / segments, 4 * chunk);
  return (tokens + (chunk - 1)) / chunk * chunk;
}

/// What a block scans of a row: a head, or a slice of its channels (rows of the state), to which the others do not matter.
struct Channels {
  Scalar item, head; // `item` counts all of them
  Number first;      // of the head's
  int64_t count;     // where fewer are left, the rest lies outside every view: zeros
  bool isSlice;      // then x and y are views with the heads first
};

/// The channels of one row, from their stored state to their final one; or of one segment of the row.
struct SSDText {
  KernelBuilder &k;
  SSDScanOp op;
  View x, dt, b, c, aLog, d, dtBias, y;
  std::optional<View> state, chunkStates;
  Row row;
  Channels part;
  Scalar end; // the row's chunks that are no step end at `end`
  int64_t chunk, block;

  int64_t headDim = op.getHeadDim(), stateSize = op.getStateSize(), channels = part.count;
  Scalar head = part.head;
  /// Of the factors of the products: x, B and C, where these have one type.
  Type element = factorType({op.getX(), op.getB(), op.getC()});
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

  /// In x and y: the part's channels of token t.
  SmallVector<Number> at(Scalar t) {
    return part.isSlice ? SmallVector<Number>{head, t, part.first} : SmallVector<Number>{t, head * headDim};
  }
  /// Of their tokens from t on, those of the row.
  ValidRange inRow(Scalar t) { return {part.isSlice ? 1 : 0, t, row.end}; }

  /// Zero where there is no history, or `isWanted` says so.
  Tile initialState(Scalar isWanted = Scalar()) {
    if (!state)
      return k.zeros({channels, stateSize}, compute);
    Scalar rows = row.stored(headDim);
    if (isWanted.value)
      rows = select(isWanted, rows, 0);
    return loadState(rows);
  }
  Tile loadState(Scalar rows) {
    return k.load(*state, {row.slot, head, part.first, 0}, {channels, stateSize}, {{2, part.first, rows}}).to(compute);
  }
  void keepState(Tile s, ArrayRef<ValidRange> valid = {}) {
    if (state)
      k.store(s.to(state->elementType()), *state, {row.slot, head, part.first, 0}, valid);
  }

  /// Token t after the state s: S <- exp(dt a) S + dt x (outer) B; y = S C + D x. Returns the new state.
  Tile stepFrom(Tile s, Scalar t) {
    Scalar size = stepSize(k.read(dt, {t, head})), alpha = exp(size * a);
    Tile xt = k.load(x, at(t), {channels}).to(compute);
    Tile bt = k.load(b, {t, group * stateSize}, {stateSize}).to(compute);
    Tile ct = k.load(c, {t, group * stateSize}, {stateSize}).to(compute);
    Tile next = s * alpha + k.broadcast(xt * size, 1, stateSize) * k.broadcast(bt, 0, channels);
    if (chunkStates && chunk == 1)
      keepChunkState(next, t + 1);
    Tile out = k.reduceAdd(next * k.broadcast(ct, 0, channels), 1) + xt * skip;
    k.store(out.to(y.elementType()), y, at(t));
    return next;
  }

  /// The only token of a row.
  void step() { keepState(stepFrom(initialState(), row.start)); }

  /// The last token of a row, after the state that the row's other tokens have left.
  void lastStep() {
    Scalar before = row.position + (row.end - row.start) - 1;
    Scalar rows = select(before > 0, k.constant(headDim), 0);
    keepState(stepFrom(loadState(rows), row.end - 1));
  }

  /// What depends on the step sizes of a chunk alone. l is the running sum of dt a.
  struct Decays {
    Tile size, l;
    std::optional<Tile> rest;       // what l lacks
    Tile toEnd;                     // exp(l_last - l_j) dt_j
    Tile toToken;                   // exp(l_i)
    SmallVector<Scalar> blockEnds;  // l of each block's last token
    std::optional<Tile> toBlockEnd; // exp(l_e - l_j) dt_j, e the last token of j's block
  };
  /// Of the block of token j.
  Scalar blockEnd(ArrayRef<Scalar> ends, Scalar j) {
    Scalar end = ends.back();
    for (int64_t number = int64_t(ends.size()) - 1; number > 0; --number)
      end = select(j < number * block, ends[number - 1], end);
    return end;
  }
  Decays decays(Scalar t) {
    Tile raw = k.reshape(k.load(dt, {t, head}, {chunk, 1}, {{0, t, row.end}}), {chunk});
    // Beyond the row's end the step is zero: no decay, no input.
    Tile size = k.mapAt({raw}, [&](Args e) { return select(t + e[1] < row.end, stepSize(e[0]), 0.0); });
    return element.isBF16() ? shortDecays(size) : exactDecays(size);
  }

  /// The difference of two sums in f32 is too coarse where a large step lies before both: sums are f64, taken apart into a
  /// number of the compute type and the rest.
  Decays exactDecays(Tile size) {
    const int64_t q = chunk;
    Tile sums = k.prefixSum(k.map({size}, [&](Args e) { return (e[0] * a).to(k.f64()); }), 0);
    Tile l = sums.to(compute);
    Tile rest = k.map({sums, l}, [&](Args e) { return (e[0] - e[1].to(k.f64())).to(compute); });
    Scalar lLast = k.extract(l, {q - 1}), restLast = k.extract(rest, {q - 1});
    Tile toEnd = k.map({l, rest, size}, [&](Args e) { return exp((lLast - e[0]) + (restLast - e[1])) * e[2]; });
    return {size, l, rest, toEnd, k.map({l}, [](Args e) { return exp(e[0]); }), {}, std::nullopt};
  }

  /// Weights that are rounded to bf16 need less. One step decays by e^-88 at most, or, in long chunks, by so much that sums
  /// stay below 2^14: then an f32's last bit is 2^-10, and what is forgotten stays forgotten.
  Decays shortDecays(Tile size) {
    const int64_t q = chunk;
    double most = -std::min(88.0, 16384.0 / double(q));
    Tile l = k.prefixSum(k.map({size}, [&](Args e) { return max(e[0] * a, most).to(k.f64()); }), 0).to(compute);
    Scalar lLast = k.extract(l, {q - 1});
    Tile toEnd = k.map({l, size}, [&](Args e) { return exp(lLast - e[0]) * e[1]; });
    Decays made{size, l, std::nullopt, toEnd, k.map({l}, [](Args e) { return exp(e[0]); }), {}, std::nullopt};
    if (block == 0)
      return made;
    for (int64_t end = block; end <= q; end += block)
      made.blockEnds.push_back(k.extract(l, {end - 1}));
    made.toBlockEnd =
        k.mapAt({l, size}, [&](Args e) { return exp(blockEnd(made.blockEnds, e[2]) - e[0]) * e[1]; });
    return made;
  }

  /// C_i . B_j exp(l_i - l_j) dt_j for j <= i. D x_i is D in column i. With blocks, of which e is the last token of j's:
  /// exp(l_i - l_e) (exp(l_e - l_j) dt_j) for i in a later one. No exponent is positive, so no factor is large.
  Tile decayedScores(Tile scores, const Decays &decay) {
    const int64_t q = chunk;
    // Above the diagonal the exponential may be infinite, and is not taken.
    auto causal = [&](Scalar value, Scalar i, Scalar j) {
      return select(j < i, value, select(j == i, value + skip, 0.0)).to(element);
    };
    auto rows = [&](Tile vector) { return k.broadcast(vector, 1, q); };
    auto columns = [&](Tile vector) { return k.broadcast(vector, 0, q); };
    if (decay.toBlockEnd)
      return k.mapAt({scores, rows(decay.l), columns(decay.l), columns(decay.size), columns(*decay.toBlockEnd)},
                     [&](Args e) {
        Scalar i = e[5], j = e[6];
        Scalar within = exp(e[1] - e[2]) * e[3], across = exp(e[1] - blockEnd(decay.blockEnds, j)) * e[4];
        return causal(e[0] * select(i / block == j / block, within, across), i, j);
      });
    if (!decay.rest)
      return k.mapAt({scores, rows(decay.l), columns(decay.l), columns(decay.size)},
                     [&](Args e) { return causal(e[0] * (exp(e[1] - e[2]) * e[3]), e[4], e[5]); });
    return k.mapAt({scores, rows(decay.l), columns(decay.l), rows(*decay.rest), columns(*decay.rest), columns(decay.size)},
                   [&](Args e) { return causal(e[0] * (exp((e[1] - e[2]) + (e[3] - e[4])) * e[5]), e[6], e[7]); });
  }

  /// exp(l_last) s + sum_j exp(l_last - l_j) dt_j x_j (outer) B_j. Where the state is stored in as few bits as the
  /// factors have, an error in their last bit would be one in the state's: then the bits that a factor loses are
  /// multiplied too.
  Tile nextState(Tile s, const Decays &decays, Tile xc, Tile bc) {
    KernelBuilder::Mma transposed{/*transposeA=*/true, false};
    Tile weighted = k.map({xc, k.broadcast(decays.toEnd, 1, channels)},
                          [&](Args e) { return e[0].to(compute) * e[1]; });
    Tile high = weighted.to(element);
    Tile sum = k.mma(high, bc, s * k.extract(decays.toToken, {chunk - 1}), transposed);
    if (element == compute || !state || state->elementType() != element)
      return sum;
    Tile low = k.map({weighted, high}, [&](Args e) { return (e[0] - e[1].to(compute)).to(element); });
    return k.mma(low, bc, sum, transposed);
  }

  /// The tokens [from, to), in chunks, from the state `first` on (models: Dao and Gu, section 6):
  /// y_i = sum_{j<=i} (C_i . B_j) exp(l_i - l_j) dt_j x_j + exp(l_i) S C_i + D x_i.
  Tile march(Scalar from, Scalar to, Tile first) {
    const int64_t q = chunk, n = stateSize, p = channels;
    Operands last = k.forRange(from, to, q, {first}, [&](Scalar t, ArrayRef<Operand> carried) -> Operands {
      Tile s(carried[0]);
      Decays decay = decays(t);
      Tile xc = k.load(x, at(t), {q, p}, {inRow(t)}).to(element);
      Tile bc = k.load(b, {t, group * n}, {q, n}, {{0, t, row.end}}).to(element);
      Tile cc = k.load(c, {t, group * n}, {q, n}, {{0, t, row.end}}).to(element);

      Tile cb = k.mma(cc, bc, k.zeros({q, q}, compute), {false, /*transposeB=*/true});
      Tile m = decayedScores(cb, decay);
      Tile fromState = k.mma(cc, s.to(element), k.zeros({q, p}, compute), {false, /*transposeB=*/true});
      Tile carriedIn = fromState * k.broadcast(decay.toToken, 1, p);
      k.store(k.mma(m, xc, carriedIn).to(y.elementType()), y, at(t), {inRow(t)});
      Tile next = nextState(s, decay, xc, bc);
      if (chunkStates)
        keepChunkState(next, t + q);
      return {next};
    });
    return Tile(last[0]);
  }

  /// The state before token `end`, where a whole chunk of the operator, of one or several of ours, ends there.
  void keepChunkState(Tile s, Scalar end) {
    int64_t tokens = op.getChunk();
    Scalar isWhole = (end - row.start) % tokens == 0 && end <= row.end;
    Scalar first = select(isWhole, end - tokens, 0), rows = select(isWhole, k.constant(headDim), 0);
    k.store(s, *chunkStates, {first, head, part.first, 0}, {{2, part.first, rows}});
  }

  /// Zeros in chunk_states [n, width] behind the row's last whole chunk; heads take the tokens in turns.
  void clearChunkStates(View all) {
    int64_t tokens = op.getChunk(), width = int64_t(op.getHeads()) * headDim * stateSize / tokens;
    int64_t columns = std::min<int64_t>(width, 256);
    Scalar behind = row.start + (row.end - row.start) / tokens * tokens;
    k.forRange(behind + head, row.end, int64_t(op.getHeads()), [&](Scalar t) {
      k.forRange(0, width, columns, [&](Scalar from) {
        k.store(k.zeros({columns}, compute), all, {t, from}, {{1, 0, k.constant(width)}});
      });
    });
  }

  /// The whole row: chunks, then the step that it may end in.
  void segment() {
    if (chunk == 1) { // every chunk is a step
      Operands last = k.forRange(row.start, row.end, 1, {initialState()}, [&](Scalar t, ArrayRef<Operand> carried) -> Operands {
        return {stepFrom(Tile(carried[0]), t)};
      });
      return keepState(Tile(last[0]));
    }
    Tile s = march(row.start, end, initialState());
    k.ifThen(end < row.end, [&] { keepState(stepFrom(s, row.end - 1)); });
    if (state)
      k.ifThen(end == row.end, [&] { keepState(s); });
  }

  /// The chunks alone.
  void chunks() { keepState(march(row.start, end, initialState())); }

  //===--------------------------------------------------------------------===//
  // A row's segments side by side
  //===--------------------------------------------------------------------===//

  /// What segment - 1 adds to the state, and by how much it decays: for segment 0 the stored state. `states` and `decays`
  /// hold one entry for each segment of each item.
  void addedBefore(Scalar segment, int64_t segments, View states, View decaysOf, Scalar rowNumber) {
    const int64_t q = chunk, n = stateSize;
    Scalar tokens = segmentTokens(row.start, end, segments, chunk), to = row.start + segment * tokens;
    Scalar from = max(to - tokens, Number(row.start));
    Tile none = k.splat(k.constant(1.0, compute), {q});
    Operands last = k.forRange(from, to, q, {initialState(segment == 0), none},
                               [&](Scalar t, ArrayRef<Operand> carried) -> Operands {
      Decays decay = decays(t);
      Tile xc = k.load(x, at(t), {q, channels}, {inRow(t)}).to(element);
      Tile bc = k.load(b, {t, group * n}, {q, n}, {{0, t, row.end}}).to(element);
      // The last element is the product of all chunks' decays.
      return {nextState(Tile(carried[0]), decay, xc, bc), Tile(carried[1]) * decay.toToken};
    });
    Scalar entry = part.item * segments + segment;
    k.store(Tile(last[0]), states, {rowNumber, entry, 0, 0});
    k.store(Tile(last[1]), decaysOf, {rowNumber, entry, 0});
  }

  /// One segment from the state that those before it leave.
  void marchSegment(Scalar segment, int64_t segments, View states, View decaysOf, Scalar rowNumber) {
    Operands first = k.forRange(0, segment + 1, 1, {k.zeros({channels, stateSize}, compute)},
                                [&](Scalar before, ArrayRef<Operand> carried) -> Operands {
      Scalar entry = part.item * segments + before;
      Scalar decay = k.read(decaysOf, {rowNumber, entry, chunk - 1});
      return {Tile(carried[0]) * decay + k.load(states, {rowNumber, entry, 0, 0}, {channels, stateSize})};
    });
    Scalar tokens = segmentTokens(row.start, end, segments, chunk), from = row.start + segment * tokens;
    Scalar to = min(from + tokens, Number(end));
    Tile last = march(from, to, Tile(first[0]));
    Scalar rows = select(to == end, k.constant(headDim), 0); // the last one's state is the row's
    keepState(last, {{2, part.first, rows}});
  }
};

/// Blocks from which on two items share one: there are enough of them to fill a device with more than 100 processors.
constexpr int64_t fullDevice = 100;

/// The launches of one scan.
class SSDScanLowering {
  static constexpr int64_t sliceChannels = SSDScanConfigAttr::sliceChannels;

public:
  SSDScanLowering(SSDScanOp anchor, LaunchBuilder &builder) : anchor(anchor), builder(builder) {
    config = dyn_cast_or_null<SSDScanConfigAttr>(builder.getFused().getConfigAttr());
    chunk = config ? config.getChunk() : int64_t(anchor.getChunk());
    block = config ? config.getBlock() : 0;
    bool hasChunks = chunk > 1 && !builder.isStep();
    segments = config && hasChunks ? config.getSegments() : 1;
    // A march with chunks in flight, or cut into segments, is a kernel of its own: so is the step that a row may end in,
    // which finds the state where states are kept. Without a state no row is continued, and all is chunks.
    marchesAlone = config && hasChunks && (config.getStages() > 1 || segments > 1);
    inSlices = marchesAlone && headDim() != sliceChannels;
    endsInStep = hasChunks && (!marchesAlone || anchor.getStateAttr());
    for (Value operand : {anchor.getX(), anchor.getDt(), anchor.getB(), anchor.getC(), anchor.getALog(), anchor.getD(),
                          anchor.getDtBias()})
      arguments.push_back(builder.view(operand));
    result = arguments.size();
    arguments.push_back(builder.result());
    rows = arguments.size();
    appendRowArrays(builder, arguments);
    state = arguments.size();
    if (anchor.getStateAttr())
      arguments.push_back(builder.state(anchor.getStateAttr()));
    chunkStates = arguments.size();
    if (anchor.getChunkStates())
      arguments.push_back(builder.runsOf(
          builder.result(1), int64_t(anchor.getChunk()),
          {int64_t(anchor.getHeads()), int64_t(anchor.getHeadDim()), int64_t(anchor.getStateSize())}));
  }

  LogicalResult run() {
    if (anchor.getChunkStates() && int64_t(anchor.getChunk()) % chunk)
      return builder.getFused().emitOpError() << "expects a chunk that divides the operator's, " << anchor.getChunk()
                                              << ", whose states are asked for, found " << chunk;
    scan();
    if (anchor.getChunkStates() && anchor.getChunk() > 1)
      clearChunkStates();
    return success();
  }

private:
  using Body = llvm::function_ref<void(SSDText &, const KernelArguments &)>;

  void scan() {
    if (builder.isStep())
      return launch("ssd_scan_step", builder.size(host::Size::Rows), builder.rest(), [](SSDText &text, auto &) {
        text.step();
      });
    if (!marchesAlone)
      return launchForRows("ssd_scan_segment", builder.rest(), [](SSDText &text, auto &) { text.segment(); });
    if (segments == 1)
      launchForRows("ssd_scan_segment", builder.rest(), [](SSDText &text, auto &) { text.chunks(); });
    else
      launchSegments();
    if (!endsInStep)
      return;
    takeWholeHeads();
    launch("ssd_scan_last", builder.size(host::Size::Rows), LaunchCost(), [](SSDText &text, auto &) {
      text.k.ifThen(text.end < text.row.end, [&] { text.lastStep(); });
    });
  }

  /// One block for each row and head, whatever its number of chunks.
  void takeWholeHeads() { marchesAlone = false, segments = 1, inSlices = false; }

  int64_t headDim() { return anchor.getHeadDim(); }
  int64_t slicesOfHead() { return inSlices ? SSDScanConfigAttr::slicesOf(headDim()) : 1; }
  int64_t items() { return int64_t(anchor.getHeads()) * slicesOfHead(); }

  void launchSegments() {
    Type compute = computeType(anchor.getX().getType());
    int64_t entries = items() * segments, channels = inSlices ? sliceChannels : headDim();
    states = arguments.size();
    arguments.push_back(builder.buffer(
        host::Axis::Rows,
        ViewType::get({ShapedType::kDynamic, entries, channels, int64_t(anchor.getStateSize())}, compute)));
    arguments.push_back(builder.buffer(host::Axis::Rows, ViewType::get({ShapedType::kDynamic, entries, chunk}, compute)));
    launchForRows("ssd_scan_states", LaunchCost(), [&](SSDText &text, const KernelArguments &a) {
      text.addedBefore(text.k.blockId(2), segments, a.view(states), a.view(states + 1), text.k.blockId(0));
    });
    launchForRows("ssd_scan_segment", builder.rest(), [&](SSDText &text, const KernelArguments &a) {
      text.marchSegment(text.k.blockId(2), segments, a.view(states), a.view(states + 1), text.k.blockId(0));
    });
  }

  /// Behind whole chunks of the operator's.
  void clearChunkStates() {
    unsigned all = arguments.size();
    arguments.push_back(builder.result(1));
    builder.setConfig(Attribute());
    takeWholeHeads();
    launch("ssd_scan_chunk_states", builder.size(host::Size::Rows), LaunchCost(),
           [&](SSDText &text, const KernelArguments &a) { text.clearChunkStates(a.view(all)); });
  }

  /// Two items share a block where there are rows enough: the same text, with one config or the other. Their bits agree.
  void launchForRows(StringRef stem, LaunchCost cost, Body body) {
    Value all = builder.size(host::Size::Rows);
    if (!config || config.getHeads() == 1)
      return launch(stem, all, cost, body);
    int64_t blocksOfRow = items() * segments / 2;
    Value paired = builder.atLeast(all, (fullDevice + blocksOfRow - 1) / blocksOfRow);
    launch(stem, paired, cost, body);
    builder.setConfig(withoutPairs());
    launch(stem, builder.difference(all, paired), LaunchCost(), body);
    builder.setConfig(config);
  }

  void launch(StringRef stem, Value rowCount, LaunchCost cost, Body body) {
    SmallVector<Value> grid{rowCount, builder.index(items())}, given(arguments);
    if (segments > 1)
      grid.push_back(builder.index(segments));
    if (inSlices)
      for (unsigned i : {0u, result})
        given[i] = builder.headsFirst(arguments[i], anchor.getHeads());
    builder.launch(stem, grid, given, cost, [&](KernelBuilder &k, const KernelArguments &a) {
      Row row(k, a, rows, k.blockId(0));
      Channels part = channelsOf(k.blockId(1));
      Scalar end = row.end, takesPart = row.isReal();
      if (endsInStep)
        end = row.end - select(lastChunkIsOne(row, chunk), k.constant(1), 0);
      if (marchesAlone) // its roles have no register for a second end
        row.end = end;
      if (segments > 1)
        takesPart = takesPart && row.start + k.blockId(2) * segmentTokens(row.start, end, segments, chunk) < end;
      else if (marchesAlone)
        takesPart = takesPart && row.start < end;
      k.ifThen(takesPart, [&] {
        SSDText text{k,         anchor,    a.view(0), a.view(1),
                     a.view(2), a.view(3), a.view(4), a.view(5),
                     a.view(6), a.view(result), anchor.getStateAttr() ? std::optional(a.view(state)) : std::nullopt,
                     anchor.getChunkStates() ? std::optional(a.view(chunkStates)) : std::nullopt,
                     row,       part,      end,       chunk,     block};
        body(text, a);
      });
    });
  }

  SSDScanConfigAttr withoutPairs() {
    return SSDScanConfigAttr::get(config.getContext(), chunk, block, segments, config.getStages(), /*heads=*/1);
  }

  Channels channelsOf(Scalar item) {
    if (!inSlices)
      return {item, item, 0, headDim(), /*isSlice=*/false};
    return {item, item / slicesOfHead(), item % slicesOfHead() * sliceChannels, sliceChannels, /*isSlice=*/true};
  }

  SSDScanOp anchor;
  LaunchBuilder &builder;
  SSDScanConfigAttr config;
  int64_t chunk, block, segments;
  bool marchesAlone, inSlices, endsInStep;
  SmallVector<Value> arguments;
  unsigned result, rows, state, chunkStates, states = 0; // numbers of arguments
};

} // namespace

LogicalResult braid::lowerSSDScan(SSDScanOp anchor, LaunchBuilder &builder) {
  return SSDScanLowering(anchor, builder).run();
}
