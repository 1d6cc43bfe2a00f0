//===- Case.h - One random case, as a line of text ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_PROPERTY_CASE_H
#define BRAID_TEST_LIB_PROPERTY_CASE_H

#include "braid/Formats/DType.h"
#include "llvm/ADT/StringRef.h"
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace braid::property {

/// Slots that a case may use: the token of slot s at position p is p * maxSlots + s.
constexpr int maxSlots = 4;

/// A row of a call: the next tokens of a slot, or padding where the slot is negative.
struct Piece {
  int slot;
  int64_t tokens;
};

struct Call {
  bool step; // through the step form: every row has one token
  std::vector<Piece> rows;
};

/// What a module is made of: numbers by name. `tokens` bounds the length of a slot.
using Sizes = std::map<std::string, int64_t>;

struct Case {
  std::string op;
  DType dtype;
  Sizes sizes;
  uint64_t data = 0; // seed of the values
  bool hard = false; // values at the ends of their ranges
  std::vector<Call> calls;

  /// One word for each part; `parse` reads it back.
  std::string print() const;
  static std::optional<Case> parse(llvm::StringRef line);

  /// Tokens that a slot takes in all.
  int64_t length(int slot) const;
};

} // namespace braid::property

#endif // BRAID_TEST_LIB_PROPERTY_CASE_H
