//===- IRText.cpp - What may go to the parser of IR -----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IRText.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>

namespace braid {

/// Whether the `>` at `i` closes nothing: part of `->` or `>=`.
static bool isArrowOrComparison(llvm::StringRef text, size_t i) {
  return (i > 0 && text[i - 1] == '-') || text.substr(i + 1).starts_with("=");
}

/// Whether an affine expression goes on here: the parser recurses into each of its operands.
static bool isOperator(llvm::StringRef text) {
  return (text[0] == '-' && !text.starts_with("->")) || text[0] == '+' || text[0] == '*' || text.starts_with("mod") ||
         text.starts_with("floordiv") || text.starts_with("ceildiv");
}

Status checkIRText(llvm::StringRef text, const std::string &file) {
  if (text.starts_with("ML\xefR"))
    return Status::badInput(cat(file, ": expected IR as text, found bytecode"));
  constexpr int most = 512;
  int depth = 0, operators = 0, line = 1;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    line += c == '\n';
    if (c == '"' || (quoted && c == '\n'))
      quoted = c == '"' && !quoted;
    else if (quoted)
      i += c == '\\';
    else if (c == '/' && text.substr(i).starts_with("//"))
      i = std::min(text.find('\n', i), text.size()) - 1;
    else if (llvm::is_contained({'(', '[', '{', '<'}, c))
      ++depth, operators = 0;
    else if (llvm::is_contained({')', ']', '}'}, c) || (c == '>' && !isArrowOrComparison(text, i)))
      depth = std::max(depth - 1, 0), operators = 0;
    else if (c == ',' || c == ':')
      operators = 0;
    else
      operators += isOperator(text.substr(i));
    if (depth > most || operators > most)
      return Status::badInput(cat(file, ":", line, ": expected at most ", most,
                                  depth > most ? " brackets within brackets" : " operators in one expression", ", found more"));
  }
  return {};
}

} // namespace braid
