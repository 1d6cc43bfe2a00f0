//===- Case.cpp - Printing and parsing cases ------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Case.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace braid;
using namespace braid::property;
using llvm::StringRef;

// OP DTYPE NAME=NUMBER.. data=SEED [hard] calls=CALL/CALL/..; a call is [s]ROW+ROW+.., a row is SLOT*TOKENS, p for padding.
std::string Case::print() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << op << ' ' << llvm::StringRef(nameOf(dtype));
  for (auto &[name, value] : sizes)
    os << ' ' << name << '=' << value;
  os << " data=" << data << (hard ? " hard" : "") << " calls=";
  llvm::interleave(
      calls,
      [&](const Call &call) {
        os << (call.step ? "s" : "");
        llvm::interleave(
            call.rows,
            [&](Piece piece) {
              os << (piece.slot < 0 ? std::string("p") : std::to_string(piece.slot)) << '*' << piece.tokens;
            },
            [&] { os << '+'; });
      },
      [&] { os << '/'; });
  return text;
}

static bool parseCall(StringRef text, Call &call) {
  call.step = text.consume_front("s");
  llvm::SmallVector<StringRef> rows;
  text.split(rows, '+');
  for (StringRef row : rows) {
    Piece piece{-1, 0};
    bool valid = row.consume_front("p") || (!row.consumeInteger(10, piece.slot) && piece.slot < maxSlots);
    if (!valid || !row.consume_front("*") || row.getAsInteger(10, piece.tokens) || piece.tokens < 1)
      return false;
    call.rows.push_back(piece);
  }
  return true;
}

std::optional<Case> Case::parse(StringRef line) {
  llvm::SmallVector<StringRef> words;
  line.split(words, ' ', -1, /*KeepEmpty=*/false);
  std::optional<DType> dtype = words.size() < 3 ? std::nullopt : dtypeFromName(std::string_view(words[1]));
  if (!dtype)
    return std::nullopt;
  Case result;
  result.op = words[0].str();
  result.dtype = *dtype;
  for (StringRef word : llvm::ArrayRef(words).drop_front(2)) {
    auto [name, value] = word.split('=');
    int64_t number = 0;
    if (word == "hard") {
      result.hard = true;
    } else if (name == "data") {
      if (value.getAsInteger(10, result.data))
        return std::nullopt;
    } else if (name == "calls") {
      llvm::SmallVector<StringRef> calls;
      value.split(calls, '/');
      for (StringRef call : calls)
        if (!parseCall(call, result.calls.emplace_back()))
          return std::nullopt;
    } else if (value.getAsInteger(10, number)) {
      return std::nullopt;
    } else {
      result.sizes[name.str()] = number;
    }
  }
  return result.calls.empty() ? std::nullopt : std::optional(result);
}

int64_t Case::length(int slot) const {
  int64_t tokens = 0;
  for (const Call &call : calls)
    for (Piece piece : call.rows)
      tokens += piece.slot == slot ? piece.tokens : 0;
  return tokens;
}
