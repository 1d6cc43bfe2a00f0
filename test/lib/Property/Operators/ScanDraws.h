//===- ScanDraws.h - What the cases of scans draw alike ------------*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_PROPERTY_OPERATORS_SCANDRAWS_H
#define BRAID_TEST_LIB_PROPERTY_OPERATORS_SCANDRAWS_H

#include "../Operator.h"
#include <cmath>

namespace braid::property {

/// dt_bias of a head or channel, which is its column: `rawStep` takes it off again.
inline double biasOfStep(Random &, int64_t column, const Case &c) {
  return Random(c.data, "dt_bias", uint64_t(column)).uniform(-1, 1);
}

/// Before softplus, so that dt itself is log-uniform; in the hard set 1e-4 or 5.
inline double rawStep(Random &random, int64_t column, const Case &c) {
  double dt = c.hard ? random.pick({1e-4, 5.0}) : random.logUniform(1e-3, 0.1);
  return std::log(std::expm1(dt)) - biasOfStep(random, column, c);
}

inline double logOfDecay(Random &random, int64_t, const Case &c) {
  return std::log(c.hard ? random.pick({1e-3, 100.0}) : random.uniform(1, 16));
}

/// A bf16 state is rounded at the end of each call.
inline bool roundsState(const Sizes &sizes) { return sizes.at("bf16_state") != 0; }

} // namespace braid::property

#endif // BRAID_TEST_LIB_PROPERTY_OPERATORS_SCANDRAWS_H
