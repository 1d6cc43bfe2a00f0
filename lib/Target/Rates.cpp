//===- Rates.cpp - Rates and workloads as flags give them ------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Target/Rates.h"
#include "braid/Target/Report.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include <cmath>

using namespace llvm;

namespace braid {

namespace {
/// A key of a flag like "rows=1,tokens=4096", with what takes its value.
struct Field {
  StringRef key;
  function_ref<bool(StringRef)> take;
};
} // namespace

/// Reads "key=value,...", each key at most once.
static Status parseFields(std::string_view text, std::string_view flag, StringRef expected, ArrayRef<Field> fields) {
  SmallVector<StringRef> seen;
  for (StringRef part : split(StringRef(text), ',')) {
    StringRef key = part.split('=').first, value = part.split('=').second;
    const Field *field = find_if(fields, [&](const Field &f) { return f.key == key; });
    if (field == fields.end() || is_contained(seen, key) || !field->take(value))
      return Status::usage(cat(flag, ": expected ", std::string_view(expected), ", found ",
                               inQuotes(std::string_view(part))));
    seen.push_back(key);
  }
  return {};
}

Status parseRates(std::string_view text, std::string_view flag, SourcedRates &rates) {
  auto into = [](double &target) {
    return [&target](StringRef value) { return !value.getAsDouble(target) && std::isfinite(target) && target > 0; };
  };
  auto bytes = into(rates.bytes), f64 = into(rates.f64), f32 = into(rates.f32), bf16 = into(rates.bf16);
  auto exp = into(rates.exp);
  BRAID_TRY(parseFields(text, flag, "bytes, bf16, f32, f64 or exp once each, as key=NUMBER per second",
                        {{"bytes", bytes}, {"f64", f64}, {"f32", f32}, {"bf16", bf16}, {"exp", exp}}));
  constexpr size_t all = 5;
  size_t given = StringRef(text).count(',') + 1;
  rates.source = given == all ? "as given" : cat(rates.source, ", except as given");
  return {};
}

Status parseWorkload(std::string_view text, std::string_view flag, Workload &work) {
  auto into = [](int64_t &target, int64_t low, int64_t high) {
    return [&target, low, high](StringRef value) {
      return !value.getAsInteger(10, target) && target >= low && target <= high;
    };
  };
  auto rows = into(work.rows, 1, 1 << 20), tokens = into(work.tokens, 1, 1 << 24);
  auto context = into(work.context, 0, int64_t{1} << 32);
  return parseFields(text, flag,
                     "rows=1..2^20, tokens=1..2^24 or context=0..2^32 once each",
                     {{"rows", rows}, {"tokens", tokens}, {"context", context}});
}

} // namespace braid
