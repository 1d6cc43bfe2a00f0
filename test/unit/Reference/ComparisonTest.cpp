//===- ComparisonTest.cpp - The tolerance of random modules ----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Comparison.h"
#include "Random.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace braid;
using namespace braid::generate;

namespace {

constexpr int64_t rows = 64, columns = 8, seeds = 8;

Tensor drawValues() {
  property::Random random(1);
  Tensor tensor({rows, columns});
  for (double &value : tensor.data)
    value = random.normal();
  return tensor;
}

/// Each entry off by a number of its own.
Tensor withNoise(Tensor tensor, double size, uint64_t seed) {
  property::Random random(seed);
  for (double &value : tensor.data)
    value += size * random.normal();
  return tensor;
}

/// All entries off by one factor.
Tensor scaled(Tensor tensor, double error) {
  for (double &value : tensor.data)
    value *= 1 + error;
  return tensor;
}

bool holds(const Tensor &found, const Evaluation &expected) {
  Comparison comparison(DType::BF16);
  comparison.compare(found, expected, {}, "the result");
  return comparison.result.fault.empty();
}

TEST(Comparison, ManyRoundingsAllowTwiceWhatTheyCost) {
  Tensor values = drawValues();
  Evaluation expected{values, values, {}};
  for (int64_t seed = 0; seed < seeds; ++seed)
    expected.rounded.push_back(withNoise(values, 0.02, uint64_t(seed) + 2));
  EXPECT_TRUE(holds(withNoise(values, 0.035, 100), expected));
  EXPECT_FALSE(holds(withNoise(values, 0.047, 100), expected));
}

TEST(Comparison, OneRoundingThatAllEntriesShareIsLuck) {
  Tensor values = drawValues();
  Evaluation expected{values, values, {}};
  for (double error : {0.005, 0.02, -0.015, 0.01, -0.005, -0.02, 0.015, 0.01})
    expected.rounded.push_back(scaled(values, error));
  // Four times the cost that the first seed shows, and more than two of the most.
  EXPECT_TRUE(holds(scaled(values, 0.05), expected));
  EXPECT_FALSE(holds(scaled(values, 0.1), expected));
}

TEST(Comparison, AnEntryThatFewRoundingsDecideMayScatter) {
  Tensor values = drawValues();
  Evaluation expected{values, values, {}};
  auto withOneOff = [&](double error) {
    Tensor tensor = values;
    tensor.data[5 * columns] += error;
    return tensor;
  };
  EXPECT_FALSE(holds(withOneOff(1), expected));
  for (double error : {0.0, 0.3, 0.0, -0.2, 0.1, 0.0, 0.4, 0.0})
    expected.rounded.push_back(withNoise(withOneOff(error), 0.004, uint64_t(expected.rounded.size()) + 2));
  EXPECT_TRUE(holds(withOneOff(1), expected));
  EXPECT_FALSE(holds(withOneOff(10), expected));
}

TEST(Comparison, NoNumberIsNoAgreement) {
  Tensor values = drawValues(), found = values;
  found.data[17] = NAN;
  EXPECT_FALSE(holds(found, {values, values, {values}}));
  EXPECT_TRUE(holds(values, {values, values, {values}}));
}

} // namespace
