//===- Comparison.cpp - Results against the exact ones --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Comparison.h"
#include "llvm/ADT/Sequence.h"
#include <algorithm>
#include <cmath>

using namespace llvm;

namespace braid::generate {

/// Parts of an answer, and what few roundings decide, scatter more than the whole.
static constexpr double partFactor = 8;

struct Comparison::Norms {
  double difference = 0, size = 0; // squares
  double fourth = 0;               // of the squared sizes of the entries
  int64_t count = 0;
  bool finite = true;

  /// Adds one entry of the leading axis.
  void add(ArrayRef<double> found, ArrayRef<double> expected) {
    double before = size;
    for (size_t i = 0; i < expected.size(); ++i) {
      difference += (found[i] - expected[i]) * (found[i] - expected[i]);
      size += expected[i] * expected[i];
      finite &= std::isfinite(found[i]);
    }
    count += int64_t(expected.size());
    fourth += (size - before) * (size - before);
  }
  /// How many entries make up the answer: all of them where they are of one size, one where it outweighs the rest.
  double weight() const { return fourth > 0 ? size * size / fourth : 0; }
  /// Few numbers may cancel to far less than their terms, which are about one.
  double relative() const {
    double whole = count < 16 ? std::max(size, 0.01 * double(count)) : size;
    return whole > 0 ? std::sqrt(difference / whole) : std::sqrt(difference);
  }
};

/// What rounding costs, over the seeds.
struct Comparison::Costs {
  double least = INFINITY, most = 0;
  bool finite = true, ofFewEntries = false;

  void add(const Norms &norms) {
    double cost = norms.relative();
    least = std::min(least, cost), most = std::max(most, cost);
    finite &= norms.finite && std::isfinite(norms.size);
    ofFewEntries |= norms.weight() < 16;
  }
  /// How much more it may cost than the most that was seen. Where many entries share a few roundings, or carry one far, the
  /// seeds do not agree.
  double factor() const {
    if (ofFewEntries)
      return partFactor;
    return most > 2 * least ? std::min(most / (2 * least), partFactor) : 1;
  }
};

double Comparison::floor() const {
  return coarsest == DType::F64 ? 1e-10 : coarsest == DType::F32 ? 2e-5 : coarsest == DType::F16 ? 0x1p-11 : 0x1p-8;
}

void Comparison::compare(const Tensor &found, const Evaluation &expected, ArrayRef<int64_t> entries,
                         const std::string &what) {
  const Tensor &right = expected.right, &unrounded = expected.unrounded;
  if (found.data.size() != right.data.size())
    return fail(what + " has another shape");
  SmallVector<int64_t> all(entries);
  if (all.empty())
    llvm::append_range(all, llvm::seq<int64_t>(0, right.shape.empty() ? 1 : right.shape[0]));
  size_t size = right.shape.empty() ? 1 : size_t(right.entrySize());
  auto entryOf = [&](const Tensor &tensor, int64_t i) { return ArrayRef(tensor.data).slice(size_t(i) * size, size); };
  auto between = [&](const Tensor &a, const Tensor &b) {
    Norms norms;
    for (int64_t i : all)
      norms.add(entryOf(a, i), entryOf(b, i));
    return norms;
  };
  Norms error = between(found, right);
  Costs costs;
  for (const Tensor &rounded : expected.rounded)
    costs.add(between(rounded, unrounded));
  // Where a result leaves the range of its type, what is right is not a number.
  if (!costs.finite)
    return;
  double cost = 2 * costs.most;
  require(error, std::max(floor() * (error.count < 16 ? partFactor : 1), cost * costs.factor()), what);
  // Each entry by itself, against the size of the whole, so that a fault in one of many tokens shows.
  for (int64_t i : all) {
    auto betweenEntries = [&](const Tensor &a, const Tensor &b) {
      Norms norms;
      norms.add(entryOf(a, i), entryOf(b, i));
      norms.size = error.size / double(all.size());
      return norms;
    };
    double allowed = std::max(floor(), cost);
    for (const Tensor &rounded : expected.rounded)
      allowed = std::max(allowed, 2 * betweenEntries(rounded, unrounded).relative());
    require(betweenEntries(found, right), partFactor * allowed, what + ", entry " + std::to_string(i));
  }
}

void Comparison::fail(const std::string &what) {
  if (result.fault.empty())
    result.fault = what;
  result.worst = INFINITY;
}

void Comparison::require(const Norms &error, double tolerance, const std::string &what) {
  double share = error.finite ? error.relative() / tolerance : INFINITY;
  result.worst = std::max(result.worst, share);
  if (!(share <= 1) && result.fault.empty())
    result.fault = what + " differs: the error is " + std::to_string(share) + " of the tolerance";
}

} // namespace braid::generate
