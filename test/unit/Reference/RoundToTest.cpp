//===- RoundToTest.cpp - Roundings, and others of the same size ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Random.h"
#include "braid/Reference/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <cmath>
#include <vector>

using namespace mlir;
using namespace braid;

namespace {

class RoundTo : public ::testing::Test {
protected:
  struct Format {
    Type type;
    int digits, minExponent;
  };
  MLIRContext context;
  Builder builder{&context};
  Format formats[3] = {{builder.getF32Type(), 24, -126}, {builder.getBF16Type(), 8, -126}, {builder.getF16Type(), 11, -14}};

  static double unitOf(double value, const Format &format) {
    return std::ldexp(1.0, std::max(std::ilogb(value), format.minExponent) - (format.digits - 1));
  }
  /// Of every mantissa, and of subnormal numbers.
  static std::vector<double> values(const Format &format) {
    property::Random random(1);
    std::vector<double> result;
    for (int i = 0; i < 20000; ++i)
      result.push_back((random.chance(0.5) ? -1 : 1) * random.logUniform(std::ldexp(1.0, format.minExponent - 3), 30000));
    return result;
  }
};

TEST_F(RoundTo, NoErrorIsLargerThanHalfAUnit) {
  for (const Format &format : formats)
    for (uint64_t seed : {0, 1, 2, 99})
      for (double value : values(format))
        ASSERT_LE(std::abs(roundTo(value, format.type, seed) - value), 0.5 * unitOf(value, format)) << value;
}

TEST_F(RoundTo, ErrorsAreAsLargeWithEverySeed) {
  for (const Format &format : formats)
    for (uint64_t seed : {0, 1, 2, 99}) {
      double squares = 0;
      for (double value : values(format))
        squares += std::pow((roundTo(value, format.type, seed) - value) / unitOf(value, format), 2) / 20000;
      EXPECT_NEAR(std::sqrt(12 * squares), 1, 0.02) << seed;
    }
}

TEST_F(RoundTo, WhatTheTypeHoldsStays) {
  for (const Format &format : formats)
    for (double value : values(format)) {
      double held = roundTo(value, format.type);
      ASSERT_EQ(roundTo(held, format.type, 7), held);
    }
  for (const Format &format : formats)
    for (double value : {0.0, -0.0, 1.0, double(INFINITY)})
      EXPECT_EQ(roundTo(value, format.type, 7), value);
  EXPECT_TRUE(std::isnan(roundTo(NAN, formats[1].type, 7)));
  EXPECT_EQ(roundTo(0.1, builder.getF64Type(), 7), 0.1);
}

TEST_F(RoundTo, ARoundedValueIsNotRoundedAgain) {
  for (const Format &format : formats)
    for (double value : values(format)) {
      double once = roundTo(value, format.type, 7);
      if (once != 0 && std::ilogb(once) == std::ilogb(value)) { // at a power of two the unit changes
        ASSERT_NEAR(roundTo(once, format.type, 7), once, 1e-6 * unitOf(value, format));
      }
    }
}

TEST_F(RoundTo, SeedsDiffer) {
  for (const Format &format : formats)
    for (uint64_t seed : {1, 2, 99}) {
      int others = 0;
      for (double value : values(format))
        others += roundTo(value, format.type, seed) != roundTo(value, format.type, seed - 1);
      EXPECT_GT(others, 19000) << seed;
    }
}

TEST_F(RoundTo, TheRangeEndsWhereItDid) {
  EXPECT_EQ(roundTo(65519.0, formats[2].type), 65504);
  EXPECT_EQ(roundTo(65520.0, formats[2].type), INFINITY);
  EXPECT_EQ(roundTo(-65520.0, formats[2].type, 7), -INFINITY);
  EXPECT_TRUE(std::isfinite(roundTo(65519.0, formats[2].type, 7)));
}

} // namespace
