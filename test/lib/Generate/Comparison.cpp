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

/// Parts of an answer scatter more than the whole.
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

double Comparison::floor() const {
  return coarsest == DType::F64 ? 1e-10 : coarsest == DType::F32 ? 2e-5 : coarsest == DType::F16 ? 0x1p-11 : 0x1p-8;
}

void Comparison::compare(const Tensor &found, const Tensor &exact, const Tensor &rounded, ArrayRef<int64_t> entries,
                         const std::string &what) {
  if (found.data.size() != exact.data.size() || rounded.data.size() != exact.data.size())
    return fail(what + " has another shape");
  SmallVector<int64_t> all(entries);
  if (all.empty())
    llvm::append_range(all, llvm::seq<int64_t>(0, exact.shape.empty() ? 1 : exact.shape[0]));
  size_t size = exact.shape.empty() ? 1 : size_t(exact.entrySize());
  auto entryOf = [&](const Tensor &tensor, int64_t i) { return ArrayRef(tensor.data).slice(size_t(i) * size, size); };
  Norms error, rounding;
  for (int64_t i : all) {
    error.add(entryOf(found, i), entryOf(exact, i));
    rounding.add(entryOf(rounded, i), entryOf(exact, i));
  }
  // Where a result leaves the range of its type, what is right is not a number.
  if (!rounding.finite || !std::isfinite(rounding.size))
    return;
  // What rounding costs is known from as many entries as weigh.
  double cost = 2 * rounding.relative() * (rounding.weight() < 16 ? partFactor : 1);
  require(error, std::max(floor() * (error.count < 16 ? partFactor : 1), cost), what);
  // Each entry by itself, against the size of the whole, so that a fault in one of many tokens shows.
  for (int64_t i : all) {
    Norms one, ofOne;
    one.add(entryOf(found, i), entryOf(exact, i));
    ofOne.add(entryOf(rounded, i), entryOf(exact, i));
    one.size = ofOne.size = error.size / double(all.size());
    double allowed = std::max({floor(), 2 * rounding.relative(), 2 * ofOne.relative()});
    require(one, partFactor * allowed, what + ", entry " + std::to_string(i));
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
