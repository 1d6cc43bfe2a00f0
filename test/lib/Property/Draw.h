//===- Draw.h - Random cases and smaller ones -----------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_PROPERTY_DRAW_H
#define BRAID_TEST_LIB_PROPERTY_DRAW_H

#include "Operator.h"

namespace braid::property {

/// What a case may cost.
struct Limits {
  int64_t work = 6'000'000; // values that the evaluator touches for one slot
  size_t calls = 50;        // about how many calls the tokens are cut into
};

/// The sizes of a module, with a bound on the length of its slots that keeps the evaluator's work small.
Sizes drawSizes(const Operator &op, Random &random, const Limits &limits = {});

/// A case for a module of these sizes: lengths, values and how the tokens are cut into calls.
Case drawCase(const Operator &op, DType dtype, const Sizes &sizes, Random &random, const Limits &limits = {});

/// Cases that differ from `c` by one step towards a small one, the largest steps first.
std::vector<Case> smallerCases(const Case &c);

} // namespace braid::property

#endif // BRAID_TEST_LIB_PROPERTY_DRAW_H
