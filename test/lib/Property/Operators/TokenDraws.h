//===- TokenDraws.h - What the cases of ops on tokens have alike ---*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_PROPERTY_OPERATORS_TOKENDRAWS_H
#define BRAID_TEST_LIB_PROPERTY_OPERATORS_TOKENDRAWS_H

#include "../Operator.h"
#include <initializer_list>
#include <string>

namespace braid::property {

inline constexpr const char *activationNames[] = {"none", "silu", "gelu", "gelu_tanh", "relu", "relu2"};

/// Widths around those of vectors and tiles, and others.
inline int64_t drawWidth(Random &random) {
  if (random.chance(0.5))
    return random.pick<int64_t>({1, 2, 15, 16, 17, 31, 32, 33, 56, 63, 64, 65, 96, 127, 128, 129, 256, 1000});
  return random.scale(1, 700);
}

/// ": (types) -> type"
inline std::string typed(std::initializer_list<std::string> operands, const std::string &result) {
  std::string text = " : (";
  for (const std::string &operand : operands)
    text += (text.back() == '(' ? "" : ", ") + operand;
  return text + ") -> " + result;
}

} // namespace braid::property

#endif // BRAID_TEST_LIB_PROPERTY_OPERATORS_TOKENDRAWS_H
