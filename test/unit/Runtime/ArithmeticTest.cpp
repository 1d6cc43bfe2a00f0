//===- ArithmeticTest.cpp - Unit tests ------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"
#include "TestSupport.h"

using namespace braid;
using namespace braid::test;

// No CPU ends less than a multiply-add of a few lanes in a dozen cycles, nor one of 16,000 lanes in each.
TEST(Arithmetic, IsMeasured) {
  auto pool = ThreadPool::create(2, 0);
  ASSERT_TRUE(isOk(pool));
  ArithmeticRates rates = measureArithmetic(**pool);
  for (double rate : {rates.f64, rates.f32, rates.bf16, 10 * rates.exp}) {
    EXPECT_GT(rate, 1e7);
    EXPECT_LT(rate, 1e14);
  }
  // A register holds twice as many f32 as f64. Other work on the machine may slow down one of the two.
  EXPECT_GT(rates.f32, rates.f64 * 0.5);
}
