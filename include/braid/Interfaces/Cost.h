//===- Cost.h - Cost of one call as a linear form --------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_INTERFACES_COST_H
#define BRAID_INTERFACES_COST_H

#include <cstdint>

namespace braid {

/// A count (operations or bytes) of one call of an entry point:
/// tokens * n + rows * b + fixed + context * (positions attended to, summed over tokens).
struct Cost {
  int64_t tokens = 0;
  int64_t rows = 0;
  int64_t fixed = 0;
  int64_t context = 0;

  static Cost perToken(int64_t count) { return {count, 0, 0, 0}; }
  static Cost perRow(int64_t count) { return {0, count, 0, 0}; }
  static Cost once(int64_t count) { return {0, 0, count, 0}; }
  static Cost perPosition(int64_t count) { return {0, 0, 0, count}; }

  Cost &operator+=(const Cost &o) {
    tokens += o.tokens, rows += o.rows, fixed += o.fixed, context += o.context;
    return *this;
  }
  friend Cost operator+(Cost a, const Cost &b) { return a += b; }
  friend Cost operator-(Cost a, const Cost &b) { return a += {-b.tokens, -b.rows, -b.fixed, -b.context}; }
  bool operator==(const Cost &o) const {
    return tokens == o.tokens && rows == o.rows && fixed == o.fixed && context == o.context;
  }

  /// The count for `n` tokens in `b` rows that attend to `positions` in all.
  double at(double n, double b, double positions) const {
    return double(tokens) * n + double(rows) * b + double(fixed) + double(context) * positions;
  }
};

} // namespace braid

#endif // BRAID_INTERFACES_COST_H
