//===- Status.cpp - Errors as values --------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Formats/Status.h"

#include <cstdio>

namespace braid {

void detail::append(std::string &out, double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.9g", value);
  out += buffer;
}

static std::string quoted(std::string_view text, size_t longest) {
  std::string out = "'";
  for (char c : text.substr(0, longest)) {
    unsigned char byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out += c;
      continue;
    }
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\x%02x", byte);
    out += escape;
  }
  if (text.size() > longest)
    out += "...";
  return out + "'";
}

std::string inQuotes(std::string_view text) { return quoted(text, 80); }

std::string pathInQuotes(std::string_view path) { return quoted(path, path.size()); }

} // namespace braid
