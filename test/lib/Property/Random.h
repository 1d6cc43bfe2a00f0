//===- Random.h - Draws that depend on their names alone ------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_PROPERTY_RANDOM_H
#define BRAID_TEST_LIB_PROPERTY_RANDOM_H

#include "braid/Formats/WeightInit.h"
#include "llvm/ADT/StringRef.h"
#include <cmath>
#include <initializer_list>

namespace braid::property {

class Random {
public:
  explicit Random(uint64_t seed) : state(mixBits(seed + 0x632be59bd9b4e019u)) {}
  /// The stream of entry `index` of something called `name`: a case that shrinks keeps the data that it keeps.
  Random(uint64_t seed, llvm::StringRef name, uint64_t index = 0) : Random(seed) {
    for (char letter : name)
      state = mixBits(state ^ uint8_t(letter));
    state = mixBits(state ^ index);
  }

  uint64_t next() { return mixBits(state += 0x9e3779b97f4a7c15u); }
  double uniform(double low = 0, double high = 1) { return low + (high - low) * (double(next() >> 11) * 0x1p-53); }
  double logUniform(double low, double high) { return std::exp(uniform(std::log(low), std::log(high))); }
  double normal() { return std::sqrt(-2 * std::log(uniform(0x1p-54, 1))) * std::cos(2 * M_PI * uniform()); }

  int64_t between(int64_t low, int64_t high) { return low + int64_t(next() % uint64_t(high - low + 1)); }
  /// Small numbers as likely as large ones.
  int64_t scale(int64_t low, int64_t high) { return int64_t(std::floor(logUniform(double(low), double(high) + 0.999))); }
  bool chance(double probability) { return uniform() < probability; }
  template <typename T> T pick(std::initializer_list<T> choices) { return choices.begin()[next() % choices.size()]; }

private:
  uint64_t state;
};

} // namespace braid::property

#endif // BRAID_TEST_LIB_PROPERTY_RANDOM_H
