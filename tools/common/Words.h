//===- Words.h - The words of a command line ------------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_COMMON_WORDS_H
#define BRAID_TOOLS_COMMON_WORDS_H

#include "braid/Formats/Status.h"

#include <CLI/CLI.hpp>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace braid::tool {

/// The number that all of the text is, if it is one of this type.
template <typename T> std::optional<T> wholeOf(std::string_view text) {
  T value = 0;
  auto [stop, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && stop == text.data() + text.size() ? std::optional<T>(value) : std::nullopt;
}

/// Takes whole numbers within a range, as a check of an option.
inline CLI::Validator between(int64_t low, int64_t high) {
  auto check = [low, high](std::string &text) {
    std::optional<int64_t> value = wholeOf<int64_t>(text);
    bool good = value && *value >= low && *value <= high;
    return good ? std::string() : cat("expected an integer from ", low, " to ", high, ", found ", inQuotes(text));
  };
  return CLI::Validator(check, cat("[", low, " - ", high, "]"));
}

/// Takes whole numbers of which a reader says the range.
inline CLI::Validator wholeNumber() {
  auto check = [](std::string &text) {
    return wholeOf<int64_t>(text) ? std::string() : cat("expected an integer, found ", inQuotes(text));
  };
  return CLI::Validator(check, "");
}

/// Takes seeds; CLI11 alone takes -1 for the largest.
inline CLI::Validator seed() {
  auto check = [](std::string &text) {
    return wholeOf<uint64_t>(text) ? std::string() : cat("expected an integer from 0 to 2^64 - 1, found ", inQuotes(text));
  };
  return CLI::Validator(check, "");
}

/// Refuses `--flag ''` and `--flag=`, as from a shell's variable that is not set: no value is empty, and an empty one
/// would pass for a flag that was not given.
inline Status refuseEmptyValues(int argc, char **argv) {
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i], before = argv[i - 1];
    bool afterFlag = word.empty() && i > 1 && before.size() > 1 && before[0] == '-';
    bool inFlag = word.size() > 3 && word.substr(0, 2) == "--" && word.find('=') == word.size() - 1;
    if (afterFlag || inFlag)
      return Status::usage(
          cat(afterFlag ? before : word.substr(0, word.size() - 1), ": expected a value, found an empty one"));
  }
  return {};
}

} // namespace braid::tool

#endif // BRAID_TOOLS_COMMON_WORDS_H
