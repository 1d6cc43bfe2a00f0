//===- IRText.cpp - What may go to the parser of IR -----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IRText.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>
#include <utility>

namespace braid {

/// More than any module of ours has, and less than a stack holds.
static constexpr int most = 512;

/// Whether the `>` at `i` closes nothing: part of `->` or `>=`.
static bool isArrowOrComparison(llvm::StringRef text, size_t i) {
  return (i > 0 && text[i - 1] == '-') || text.substr(i + 1).starts_with("=");
}

/// Whether an affine expression goes on here: the parser recurses into each of its operands.
static bool isOperator(llvm::StringRef text) {
  return (text[0] == '-' && !text.starts_with("->")) || text[0] == '+' || text[0] == '*' || text.starts_with("mod") ||
         text.starts_with("floordiv") || text.starts_with("ceildiv");
}

namespace {

/// How deep what stands at a place of the text is nested: in brackets, in one expression's operators, through aliases.
class Nesting {
public:
  explicit Nesting(llvm::StringRef text) : text(text) {}

  /// Walks to the first place that is too deep, and says what there is too much of; "" if there is none.
  llvm::StringRef tooMuch() {
    for (; at < text.size(); ++at) {
      step();
      if (depth > most)
        return "brackets within brackets";
      if (operators > most)
        return "operators in one expression";
      if (deepest > most)
        return "brackets and aliases within each other";
    }
    return "";
  }
  int64_t line() const { return 1 + int64_t(text.take_front(at).count('\n')); }

private:
  void step() {
    char c = text[at];
    if (c == '"') {
      skipString();
    } else if (c == '/' && text.substr(at).starts_with("//")) {
      at = std::min(text.find('\n', at), text.size()) - 1;
    } else if (llvm::is_contained({'(', '[', '{', '<'}, c)) {
      ++depth, operators = 0;
      deepest = std::max(deepest, depth);
    } else if (llvm::is_contained({')', ']', '}'}, c) || (c == '>' && !isArrowOrComparison(text, at))) {
      depth = std::max(depth - 1, 0), operators = 0;
    } else if (c == ',' || c == ':') {
      operators = 0;
    } else if (c == '#' || c == '!') {
      takeAlias();
    } else if (c == '\n' && depth == 0 && !defined.empty()) {
      depthOf[defined] = std::exchange(deepest, 0);
      defined = "";
    } else {
      operators += isOperator(text.substr(at));
    }
  }

  void skipString() {
    for (++at; at < text.size() && text[at] != '"' && text[at] != '\n'; ++at)
      at += text[at] == '\\';
  }

  /// An alias counts for what it stands for; where a line begins with one, the rest says what that is.
  void takeAlias() {
    llvm::StringRef rest = text.substr(at + 1);
    llvm::StringRef name = text.substr(at, 1 + rest.take_while([](char c) { return llvm::isAlnum(c) || c == '_'; }).size());
    bool isDefinition = depth == 0 && (at == 0 || text[at - 1] == '\n') &&
                        text.substr(at + name.size()).ltrim(' ').starts_with("=");
    if (isDefinition)
      defined = name, deepest = 0;
    else
      deepest = std::max(deepest, depth + depthOf.lookup(name) + 1);
    at += name.size() - 1;
  }

  llvm::StringRef text, defined; // the alias whose definition this is, if it is one
  size_t at = 0;
  int depth = 0, operators = 0, deepest = 0;
  llvm::DenseMap<llvm::StringRef, int> depthOf;
};

} // namespace

Status checkIRText(llvm::StringRef text, const std::string &file) {
  if (text.starts_with("ML\xefR"))
    return Status::badInput(cat(file, ": expected IR as text, found bytecode"));
  Nesting nesting(text);
  llvm::StringRef what = nesting.tooMuch();
  return what.empty() ? Status()
                      : Status::badInput(cat(file, ":", nesting.line(), ": expected at most ", most, " ",
                                             std::string_view(what), ", found more"));
}

} // namespace braid
