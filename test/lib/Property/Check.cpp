//===- Check.cpp - What must hold of a case -------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Check.h"
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

/// The calls with the rows of one slot alone.
static std::vector<Call> alone(ArrayRef<Call> calls, int slot) {
  std::vector<Call> result;
  for (const Call &call : calls)
    for (Piece piece : call.rows)
      if (piece.slot == slot)
        result.push_back({call.step, {piece}});
  return result;
}

//===----------------------------------------------------------------------===//
// The exact answer
//===----------------------------------------------------------------------===//

/// Fails where the evaluator does.
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

/// Sums over the numbers that one tolerance holds for.
struct Sums {
  double difference = 0, size = 0, rounding = 0; // squares
  int64_t count = 0;

  void add(ArrayRef<double> found, ArrayRef<double> expected) {
    for (auto [a, b] : llvm::zip_equal(found, expected)) {
      double rounded = bf16ToFloat(doubleToBf16(b));
      difference += (a - b) * (a - b);
      size += b * b;
      rounding += (rounded - b) * (rounded - b);
    }
    count += int64_t(found.size());
  }

  /// The relative error as a share of the tolerance. Few numbers have no reliable norm and no reliable rounding error:
  /// they are measured against the size that a unit normal's would have, and bf16's unit roundoff.
  double share(DType dtype) const {
    double norm = std::sqrt(size);
    if (count < 16)
      norm = std::max(norm, (dtype == DType::BF16 ? 1 : 0.1) * std::sqrt(double(count)));
    double tolerance = dtype == DType::F64 ? 1e-10 : 2e-5;
    if (dtype == DType::BF16)
      tolerance = 2 * std::max(count < 64 ? 0x1p-9 : 0, norm > 0 ? std::sqrt(rounding) / norm : 0);
    double error = norm > 0 ? std::sqrt(difference) / norm : std::sqrt(difference);
    // Not a number on either side is no agreement.
    return std::isfinite(error) ? (error == 0 ? 0 : error / tolerance) : INFINITY;
  }
};

class Comparison {
public:
  Comparison(const Case &c, const Compiled &compiled, const Outcome &expected)
      : c(c), compiled(compiled), expected(expected) {}

  /// Compares a run in these calls.
  void outputs(const Outcome &found, ArrayRef<Call> calls, StringRef run) {
    if (!found.fault.empty())
      fail(run + ": " + found.fault);
    Sums all;
    for (int slot = 0; slot < maxSlots; ++slot) {
      if (found.outputs[slot].size() != expected.outputs[slot].size())
        return fail(run + ": slot " + Twine(slot) + " has another number of outputs");
      all.add(found.outputs[slot], expected.outputs[slot]);
    }
    require(all.share(c.dtype), run + ": outputs");
    for (int slot = 0; slot < maxSlots; ++slot)
      pieces(found, calls, slot, run);
  }

  void states(const Outcome &found, StringRef run) {
    for (size_t i = 0; i < compiled.states.size(); ++i) {
      Sums all;
      for (int slot = 0; slot < maxSlots; ++slot)
        if (i < expected.states[slot].size())
          all.add(found.states[slot][i], expected.states[slot][i]);
      require(all.share(c.dtype), run + ": state " + compiled.states[i].name);
    }
  }

  void sameBits(const Outcome &found, const Outcome &other, int slot) {
    bool same = std::memcmp(found.outputs[slot].data(), other.outputs[slot].data(),
                            found.outputs[slot].size() * sizeof(double)) == 0;
    if (found.outputs[slot].size() != other.outputs[slot].size() || !same)
      fail("slot " + Twine(slot) + " alone has other bits than beside its neighbours");
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

  /// Each piece by itself, against the size of its slot's outputs, so that a fault in one of many tokens shows. Parts
  /// scatter more than the whole: eight times the tolerance.
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
        require(part.share(c.dtype) / 8, run + ": slot " + Twine(slot) + ", the piece from output " +
                                             Twine(from / size_t(compiled.text.resultWidth)));
        from += count;
      }
  }

  const Case &c;
  const Compiled &compiled;
  const Outcome &expected;
};

} // namespace

Verdict property::check(const Case &c, const Compiled &compiled) {
  const Operator &op = *findOperator(c.op);
  Data data(c, compiled.text.sources);
  bool byCalls = op.dependsOnCalls(c.sizes);
  std::vector<Call> whole = wholeSlots(c);
  FailureOr<Outcome> expected = evaluate(compiled, data, byCalls ? c.calls : whole);
  if (failed(expected))
    return {"the evaluator cannot run this module", INFINITY};

  Comparison comparison(c, compiled, *expected);
  Outcome found = runCalls(compiled, data, c.calls, c.data);
  comparison.outputs(found, c.calls, "in pieces");
  comparison.states(found, "in pieces");
  if (!byCalls) {
    Outcome once = runCalls(compiled, data, whole, c.data + 1);
    comparison.outputs(once, whole, "whole");
    comparison.states(once, "whole");
  }
  int slot = whole.front().rows[c.data % whole.front().rows.size()].slot;
  comparison.sameBits(found, runCalls(compiled, data, alone(c.calls, slot), c.data + 2), slot);
  return comparison.verdict;
}
