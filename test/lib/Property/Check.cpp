//===- Check.cpp - What must hold of a case -------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Check.h"
#include "Derivatives.h"
#include "Random.h"
#include "braid/Reference/Evaluator.h"
#include "mlir/IR/Diagnostics.h"
#include <numeric>

using namespace mlir;
using namespace braid;
using namespace braid::property;

/// Every slot's tokens in one call.
static std::vector<Call> wholeSlots(const Case &c) {
  Call call{false, {}};
  for (int slot = 0; slot < maxSlots; ++slot)
    if (int64_t tokens = c.length(slot))
      call.rows.push_back({slot, tokens});
  return {call};
}

/// The calls through the segment form.
static std::vector<Call> asSegments(std::vector<Call> calls) {
  for (Call &call : calls)
    call.step = false;
  return calls;
}

/// Whether every piece of the slot but its last ends at a multiple of `border` tokens.
static bool endsAtBorders(const Case &c, int slot, int64_t border) {
  int64_t length = 0, whole = c.length(slot);
  for (const Call &call : c.calls)
    for (Piece piece : call.rows) {
      if (piece.slot != slot)
        continue;
      length += piece.tokens;
      if (length < whole && length % border != 0)
        return false;
    }
  return true;
}

/// The calls with the rows of one slot alone.
static std::vector<Call> alone(ArrayRef<Call> calls, int slot) {
  std::vector<Call> result;
  for (const Call &call : calls)
    for (Piece piece : call.rows)
      if (piece.slot == slot)
        result.push_back({call.step, {piece}});
  return result;
}

/// The same calls, those whose rows have one token each through the other form.
static std::vector<Call> inOtherForm(std::vector<Call> calls) {
  for (Call &call : calls)
    if (llvm::all_of(call.rows, [](Piece piece) { return piece.tokens == 1; }))
      call.step = !call.step;
  return calls;
}

/// The pieces of one slot as they are, among others than in the case: pieces of other slots in another number, order and
/// length, with other tokens. A call whose rows have one token each goes through either form.
static std::vector<Call> amongOthers(const Case &c, int slot) {
  Random random(c.data, "neighbours", uint64_t(slot));
  std::vector<Call> result;
  int64_t left[maxSlots];
  for (int other = 0; other < maxSlots; ++other)
    left[other] = c.length(other);
  for (const Call &own : alone(c.calls, slot)) {
    Call call{false, own.rows};
    bool single = random.chance(0.4); // steps among steps
    for (int other = 0; other < maxSlots; ++other)
      if (other != slot && left[other] > 0 && random.chance(0.6)) {
        int64_t tokens = single ? 1 : random.scale(1, left[other]);
        left[other] -= tokens;
        call.rows.push_back({other, tokens});
      }
    if (random.chance(0.2))
      call.rows.push_back({-1, single ? 1 : random.between(1, 5)});
    std::swap(call.rows.front(), call.rows[size_t(random.between(0, int64_t(call.rows.size()) - 1))]);
    bool isStep = llvm::all_of(call.rows, [](Piece piece) { return piece.tokens == 1; });
    call.step = isStep && random.chance(0.5);
    result.push_back(std::move(call));
  }
  return result;
}

//===----------------------------------------------------------------------===//
// The exact answer
//===----------------------------------------------------------------------===//

/// Fails where the evaluator does. Every call goes through the segment form; see `evaluateSteps` for the other.
static FailureOr<Outcome> evaluate(const Compiled &compiled, const Data &data, ArrayRef<Call> calls) {
  auto weights = [&](StringRef name, ArrayRef<int64_t>) -> FailureOr<std::vector<double>> { return data.values(name); };
  EvaluatorOptions options;
  options.rounding = Rounding::States; // of those declared bf16; keys, values and tails hold bf16 numbers anyway
  auto evaluator = Evaluator::create(compiled.module(), weights, options, "segment");
  if (failed(evaluator))
    return failure();
  Outcome outcome;
  for (const Call &call : calls) {
    std::vector<int32_t> tokens, slot;
    std::vector<int64_t> rowStart{0};
    for (Piece piece : call.rows) {
      if (piece.slot < 0)
        continue;
      slot.push_back(piece.slot);
      for (int64_t t = 0, length = (*evaluator)->length(piece.slot); t < piece.tokens; ++t)
        tokens.push_back(int32_t((length + t) * maxSlots + piece.slot));
      rowStart.push_back(int64_t(tokens.size()));
    }
    if (slot.empty())
      continue;
    FailureOr<SmallVector<Tensor>> results = (*evaluator)->call(tokens, rowStart, slot);
    if (failed(results))
      return failure();
    const std::vector<double> &values = results->front().data;
    int64_t width = compiled.text.resultWidth;
    for (size_t row = 0; row < slot.size(); ++row) {
      int64_t from = compiled.text.resultPerRow ? int64_t(row) : rowStart[row];
      int64_t to = compiled.text.resultPerRow ? int64_t(row) + 1 : rowStart[row + 1];
      std::vector<double> &out = outcome.outputs[slot[row]];
      out.insert(out.end(), values.begin() + from * width, values.begin() + to * width);
    }
  }
  for (int slot = 0; slot < maxSlots; ++slot)
    for (const StateLayout &state : compiled.states)
      if (const Tensor *tensor = (*evaluator)->state(state.name, slot))
        outcome.states[slot].push_back(tensor->data);
  return outcome;
}

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

namespace {

/// Parts of an answer scatter more than the whole.
constexpr double partFactor = 8;

/// Sums over the numbers that one tolerance holds for. Numbers that stand in one group of consecutive ones share their
/// roundings: a row of a scan's state is one rounded factor times a vector, and so is a head's first output.
struct Sums {
  explicit Sums(int64_t group = 1) : group(group) {}

  int64_t group;
  double difference = 0, size = 0, rounding = 0; // squares
  double fourth = 0;                             // of the squared sizes of the groups
  int64_t count = 0;

  /// `isRounded`: the exact numbers were rounded before they came here. What a rounding costs on average stands in, twice:
  /// two numbers close to each other are rounded apart from each other.
  void add(ArrayRef<double> found, ArrayRef<double> expected, bool isRounded = false) {
    double groupSize = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
      double a = found[i], b = expected[i], cost = bf16ToFloat(doubleToBf16(b)) - b;
      difference += (a - b) * (a - b);
      size += b * b;
      groupSize += b * b;
      rounding += isRounded && b != 0 ? std::pow(std::ldexp(1, std::ilogb(b) - 7), 2) / 6 : cost * cost;
      if ((int64_t(i) + 1) % group == 0) {
        fourth += groupSize * groupSize;
        groupSize = 0;
      }
    }
    count += int64_t(found.size());
  }

  Sums &operator+=(const Sums &other) {
    difference += other.difference, size += other.size, rounding += other.rounding, fourth += other.fourth;
    count += other.count;
    return *this;
  }

  /// How many groups make up the answer: all of them where they are of one size, one where it outweighs the rest.
  double weight() const { return fourth > 0 ? size * size / fourth : 0; }

  /// The relative error as a share of the tolerance. Few numbers may cancel to far less than their terms, which are about
  /// one; and what few roundings cost is luck, so that half of bf16's unit roundoff stands in, 1.2 times the mean.
  double share(DType dtype) const {
    double norm = std::sqrt(size);
    if (count < 16)
      norm = std::max(norm, 0.1 * std::sqrt(double(count)));
    double tolerance = dtype == DType::F64 ? 1e-10 : 2e-5;
    if (dtype == DType::BF16)
      tolerance = 2 * std::max(weight() < 64 ? 0x1p-9 : 0, norm > 0 ? std::sqrt(rounding) / norm : 0);
    double error = norm > 0 ? std::sqrt(difference) / norm : std::sqrt(difference);
    // Not a number on either side is no agreement.
    return std::isfinite(error) ? (error == 0 ? 0 : error / tolerance) : INFINITY;
  }
  /// The same of a whole answer; few numbers are a part of one.
  double shareOfWhole(DType dtype) const { return share(dtype) / (weight() < 16 ? partFactor : 1); }
};

/// The sums over whole answers, by what they are of.
using Wholes = std::map<std::string, Sums>;

/// What one drawing of values shows by itself; the sums over whole answers are added to those of other drawings.
class Comparison {
public:
  Comparison(const Case &c, const Compiled &compiled, const Outcome &expected, Wholes &wholes)
      : c(c), compiled(compiled), expected(expected), wholes(wholes) {}

  /// Compares a run in these calls.
  void outputs(const Outcome &found, ArrayRef<Call> calls, StringRef run) {
    if (!found.fault.empty())
      fail(run + ": " + found.fault);
    Sums all(findOperator(c.op)->sharing(c.sizes));
    for (int slot = 0; slot < maxSlots; ++slot) {
      if (found.outputs[slot].size() != expected.outputs[slot].size())
        return fail(run + ": slot " + Twine(slot) + " has another number of outputs");
      all.add(found.outputs[slot], expected.outputs[slot]);
    }
    wholes[(run + ": outputs").str()] += all;
    for (int slot = 0; slot < maxSlots; ++slot)
      pieces(found, calls, slot, run);
  }

  void states(const Outcome &found, StringRef run) {
    for (size_t i = 0; i < compiled.states.size(); ++i) {
      const StateLayout &state = compiled.states[i];
      bool isRounded = state.kind == StateKind::Recurrent && state.dtype == DType::BF16;
      Sums all(state.kind == StateKind::Recurrent ? state.shape.back() : 1);
      for (int slot = 0; slot < maxSlots; ++slot)
        if (i < expected.states[slot].size())
          all.add(found.states[slot][i], expected.states[slot][i], isRounded);
      wholes[(run + ": state " + state.name).str()] += all;
    }
  }

  void sameBits(const Outcome &found, const Outcome &other, int slot, StringRef what) {
    bool same = found.outputs[slot].size() == other.outputs[slot].size() &&
                std::memcmp(found.outputs[slot].data(), other.outputs[slot].data(),
                            found.outputs[slot].size() * sizeof(double)) == 0;
    if (!same)
      fail("slot " + Twine(slot) + " has other bits " + what);
  }

  Verdict verdict;

private:
  void fail(const Twine &what) {
    if (verdict.fault.empty())
      verdict.fault = what.str();
    verdict.worst = INFINITY;
  }
  void require(double share, const Twine &what) {
    verdict.worst = std::max(verdict.worst, share);
    if (share > 1 && verdict.fault.empty())
      verdict.fault = (what + ": the error is " + Twine(std::to_string(share)) + " of the tolerance").str();
  }

  /// Each piece by itself, against the size of its slot's outputs, so that a fault in one of many tokens shows.
  void pieces(const Outcome &found, ArrayRef<Call> calls, int slot, StringRef run) {
    Sums whole;
    whole.add(expected.outputs[slot], expected.outputs[slot]);
    size_t from = 0;
    for (const Call &call : calls)
      for (Piece piece : call.rows) {
        if (piece.slot != slot)
          continue;
        size_t count = size_t((compiled.text.resultPerRow ? 1 : piece.tokens) * compiled.text.resultWidth);
        Sums part;
        part.add(ArrayRef(found.outputs[slot]).slice(from, count), ArrayRef(expected.outputs[slot]).slice(from, count));
        double factor = double(count) / double(whole.count);
        part.size = whole.size * factor;
        part.rounding = std::max(part.rounding, whole.rounding * factor);
        require(part.share(c.dtype) / partFactor, run + ": slot " + Twine(slot) + ", the piece from output " +
                                             Twine(from / size_t(compiled.text.resultWidth)));
        from += count;
      }
  }

  const Case &c;
  const Compiled &compiled;
  const Outcome &expected;
  Wholes &wholes;
};

} // namespace

/// One slot's tokens through the step form of the module's sequence operator, on inputs as the module gives them.
static FailureOr<std::vector<double>> evaluateSteps(const Case &c, const Compiled &compiled, const Data &data, int slot) {
  SequenceOpInterface op;
  compiled.module()->walk([&](SequenceOpInterface found) { op = found; });
  FailureOr<SequenceEvaluator> evaluator = SequenceEvaluator::create(op);
  if (failed(evaluator))
    return failure();
  // Without `joined`, an input is the embedding of its own table.
  auto tensorOf = [&](Value value) {
    if (auto embedding = value.getDefiningOp<EmbeddingOp>())
      value = embedding.getTable();
    auto weight = value.getDefiningOp<GetWeightOp>();
    return Tensor(cast<RankedTensorType>(weight.getType()).getShape(), data.values(weight.getName()));
  };
  SmallVector<Tensor> tables = llvm::map_to_vector(op.getTokenInputs(), tensorOf);
  SmallVector<Tensor> parameters = llvm::map_to_vector(op.getParameters(), tensorOf);
  std::vector<RowState> states{evaluator->zeroState()};
  std::vector<double> outputs;
  for (int64_t t = 0, length = c.length(slot); t < length; ++t) {
    int64_t token = t * maxSlots + slot;
    SmallVector<Tensor> inputs =
        llvm::map_to_vector(tables, [&](const Tensor &table) { return table.entries(token, token + 1); });
    FailureOr<SmallVector<Tensor>> results = evaluator->step(inputs, parameters, states);
    if (failed(results))
      return failure();
    llvm::append_range(outputs, results->front().data);
  }
  return outputs;
}

/// Without a kernel: each slot whole, in pieces and token by token are the same arithmetic, so the same bits, whatever else
/// is packed into a call.
static Verdict checkForms(const Case &c, const Compiled &compiled, const Data &data) {
  FailureOr<Outcome> whole = evaluate(compiled, data, wholeSlots(c)), pieces = evaluate(compiled, data, c.calls);
  if (failed(whole) || failed(pieces))
    return {"the evaluator cannot run this module", INFINITY};
  for (int slot = 0; slot < maxSlots; ++slot) {
    std::string where = "slot " + std::to_string(slot);
    if (whole->outputs[slot] != pieces->outputs[slot] || whole->states[slot] != pieces->states[slot])
      return {where + " differs in pieces", INFINITY};
    if (c.length(slot) == 0)
      continue;
    FailureOr<Outcome> single = evaluate(compiled, data, alone(c.calls, slot));
    if (failed(single) || single->outputs[slot] != whole->outputs[slot])
      return {where + " differs from the same slot without its neighbours", INFINITY};
    FailureOr<std::vector<double>> steps = evaluateSteps(c, compiled, data, slot);
    if (failed(steps) || *steps != whole->outputs[slot])
      return {where + " differs in the step form", INFINITY};
  }
  return {};
}

/// One drawing of a case's values.
static Verdict checkValues(const Case &c, const Compiled &compiled, Wholes &wholes) {
  const Operator &op = *findOperator(c.op);
  Data data(c, compiled.text.sources);
  bool byCalls = op.dependsOnCalls(c.sizes);
  std::vector<Call> whole = wholeSlots(c);
  FailureOr<Outcome> expected = evaluate(compiled, data, byCalls ? c.calls : whole);
  if (failed(expected))
    return {"the evaluator cannot run this module", INFINITY};

  Comparison comparison(c, compiled, *expected, wholes);
  Outcome found = runCalls(compiled, data, c.calls, c.data);
  comparison.outputs(found, c.calls, "in pieces");
  comparison.states(found, "in pieces");
  if (!byCalls) {
    Outcome once = runCalls(compiled, data, whole, c.data + 1);
    comparison.outputs(once, whole, "whole");
    comparison.states(once, "whole");
    Outcome segments = runCalls(compiled, data, asSegments(c.calls), c.data + 3);
    int64_t border = std::lcm(op.border(c.sizes), compiled.runsInRoles() ? op.borderInRoles : 1);
    for (int slot = 0; slot < maxSlots; ++slot)
      if (endsAtBorders(c, slot, border) && c.length(slot) <= compiled.longestUncutRow())
        comparison.sameBits(segments, once, slot, "in pieces than in one go");
  }
  if (op.sumsOverRows) {
    Outcome again = runCalls(compiled, data, c.calls, c.data + 2);
    for (int slot = 0; slot < maxSlots; ++slot)
      comparison.sameBits(found, again, slot, "in another order of blocks");
    return comparison.verdict;
  }
  int slot = whole.front().rows[c.data % whole.front().rows.size()].slot;
  comparison.sameBits(found, runCalls(compiled, data, alone(c.calls, slot), c.data + 2), slot,
                      "beside its neighbours than alone");
  comparison.sameBits(found, runCalls(compiled, data.withWildNeighbours(slot), c.calls, c.data + 6), slot,
                      "beside neighbours of infinities and NaN");
  if (compiled.formsAgree()) {
    Outcome other = runCalls(compiled, data, inOtherForm(c.calls), c.data + 5);
    for (int each = 0; each < maxSlots; ++each)
      comparison.sameBits(found, other, each, "than through the other form of its steps");
    comparison.sameBits(found, runCalls(compiled, data, amongOthers(c, slot), c.data + 4), slot,
                        "than among other neighbours");
  }
  return comparison.verdict;
}

/// Whole answers within the tolerance. A channel of a scan is one sum of random terms, which all its tokens share: it may
/// cancel to a part of its terms' size, while what the terms' roundings cost stays. Of a state of n numbers the square of that
/// part scatters by sqrt(2 / n) about one, and over several channels by their root less: of single channels 5% exceed twice
/// the rounding, of 64 none does, with the same median. So an answer of few channels that misses the tolerance is drawn again
/// with other values until there are enough, and the sums over all drawings must keep it: luck goes out of them, a loss of
/// accuracy does not. Each drawing by itself must keep what a part of an answer must.
static Verdict checkWholes(const Case &c, const Compiled &compiled, Wholes &wholes, Verdict verdict) {
  constexpr int64_t enoughChannels = 64;
  auto worst = [&] {
    std::pair<double, std::string> found{0, ""};
    for (auto &[what, sums] : wholes)
      if (double share = sums.shareOfWhole(c.dtype); share > found.first)
        found = {share, what};
    return found;
  };
  int64_t channels = c.dtype == DType::BF16 ? findOperator(c.op)->channels(c.sizes) : enoughChannels;
  for (int64_t drawn = channels; drawn < enoughChannels && verdict.fault.empty(); drawn += channels) {
    double share = worst().first;
    if (drawn == channels && (share <= 1 || share > partFactor))
      break;
    Case other = c;
    other.data = Random(c.data, "drawing", uint64_t(drawn)).next() >> 32;
    Wholes alone;
    Verdict found = checkValues(other, compiled, alone);
    for (auto &[what, sums] : alone) {
      wholes[what] += sums;
      if (double excess = sums.shareOfWhole(c.dtype) / partFactor; !(excess <= 1) && found.fault.empty())
        found.fault = what + ": the error is " + std::to_string(excess) + " of the tolerance of a part";
    }
    verdict = {found.fault, std::max(verdict.worst, found.worst)};
  }
  auto [share, what] = worst();
  verdict.worst = std::max(verdict.worst, share);
  if (share > 1 && verdict.fault.empty())
    verdict.fault = what + ": the error is " + std::to_string(share) + " of the tolerance";
  return verdict;
}

Verdict property::check(const Case &c, const Compiled &compiled) {
  const Operator &op = *findOperator(c.op);
  // In double precision; one in ten cases is enough, where the operator is no giant.
  if (c.dtype == DType::F64 && c.data % 10 == 0 && op.work(c.sizes, 1) < 100'000)
    if (std::string fault = checkDerivatives(c, compiled); !fault.empty())
      return {fault, INFINITY};
  if (!op.hasKernel)
    return checkForms(c, compiled, Data(c, compiled.text.sources));
  Wholes wholes;
  Verdict verdict = checkValues(c, compiled, wholes);
  return checkWholes(c, compiled, wholes, verdict);
}
