//===- Words.h - The words of a command line ------------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_COMMON_WORDS_H
#define BRAID_TOOLS_COMMON_WORDS_H

#include "braid/Formats/Status.h"

#include <string_view>

namespace braid::tool {

/// Refuses `--flag ''` and `--flag=`, as from a shell's variable that is not set: no value is empty, and an empty one
/// would pass for a flag that was not given.
inline Status refuseEmptyValues(int argc, char **argv) {
  for (int i = 1; i < argc; ++i) {
    std::string_view word = argv[i], before = argv[i - 1];
    bool afterFlag = word.empty() && i > 1 && before.size() > 1 && before[0] == '-';
    bool inFlag = word.size() > 3 && word.substr(0, 2) == "--" && word.back() == '=';
    if (afterFlag || inFlag)
      return Status::usage(
          cat(afterFlag ? before : word.substr(0, word.size() - 1), ": expected a value, found an empty one"));
  }
  return {};
}

} // namespace braid::tool

#endif // BRAID_TOOLS_COMMON_WORDS_H
