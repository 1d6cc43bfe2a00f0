//===- ReportTimes.cpp - What was measured beside what is predicted --------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Formats/File.h"
#include "braid/Formats/Json.h"
#include "braid/Target/Report.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

namespace braid {

/// A positive number of seconds, bytes or operations.
static Result<double> positive(const JsonValue &object, std::string_view key) {
  BRAID_TRY_ASSIGN(JsonValue value, object.get(key));
  BRAID_TRY_ASSIGN(double number, value.asDouble());
  return number > 0 ? Result<double>(number) : value.expected("a positive number");
}

static Result<MeasuredCall> readCall(const JsonValue &object) {
  MeasuredCall call;
  BRAID_TRY_ASSIGN(std::string_view name, object.getString("entry"));
  call.entry = std::string(name);
  BRAID_TRY_ASSIGN(call.at.rows, object.getInt("rows", 1, 1 << 20));
  BRAID_TRY_ASSIGN(call.at.tokens, object.getInt("tokens", 1, 1 << 24));
  BRAID_TRY_ASSIGN(call.at.context, object.getInt("context", 0, int64_t{1} << 32));
  BRAID_TRY_ASSIGN(call.seconds, positive(object, "median_s"));
  BRAID_TRY_ASSIGN(JsonValue rates, object.getObject("rates"));
  BRAID_TRY_ASSIGN(call.rates.bytes, positive(rates, "bytes"));
  BRAID_TRY_ASSIGN(call.rates.bf16, positive(rates, "bf16"));
  BRAID_TRY_ASSIGN(call.rates.f32, positive(rates, "f32"));
  BRAID_TRY_ASSIGN(call.rates.f64, positive(rates, "f64"));
  BRAID_TRY_ASSIGN(call.rates.exp, positive(rates, "exp"));
  if (!object.find("kernels"))
    return call;
  BRAID_TRY_ASSIGN(JsonValue kernels, object.getArray("kernels"));
  for (size_t i = 0; i < kernels.size(); ++i) {
    BRAID_TRY_ASSIGN(std::string_view kernel, kernels.at(i).getString("name"));
    BRAID_TRY_ASSIGN(double seconds, positive(kernels.at(i), "seconds"));
    call.kernels.emplace_back(kernel, seconds);
  }
  return call;
}

Result<std::vector<MeasuredCall>> readTimes(const std::string &path) {
  BRAID_TRY_ASSIGN(std::string text, readFile(path, 1 << 20));
  std::vector<MeasuredCall> times;
  int64_t number = 0;
  for (llvm::StringRef line : llvm::split(text, '\n')) {
    ++number;
    if (line.trim().empty())
      continue;
    BRAID_TRY_ASSIGN(JsonDocument document, JsonDocument::parse(line, cat(path, ":", number)));
    BRAID_TRY_ASSIGN(MeasuredCall call, readCall(document.root()));
    for (const MeasuredCall &other : times)
      if (other.entry == call.entry)
        return Status::badInput(cat(path, ":", number, ": expected one line for each entry point, found a second for ",
                                    inQuotes(call.entry)));
    times.push_back(std::move(call));
  }
  if (times.empty())
    return Status::badInput(cat(path, ": expected a line of `braid bench --json`, found none"));
  return times;
}

Status checkTimes(const std::vector<MeasuredCall> &times, const Manifest &manifest, std::string_view flag) {
  for (const MeasuredCall &call : times) {
    if (manifest.findEntry(call.entry) < 0)
      return Status::usage(cat(flag, ": expected entry points that are compiled, found ", inQuotes(call.entry)));
    for (const auto &[name, seconds] : call.kernels) {
      auto is = [&, &name = name](const Manifest::Kernel &kernel) { return kernel.entry == call.entry && kernel.name == name; };
      if (llvm::none_of(manifest.kernels, is))
        return Status::usage(cat(flag, ": expected kernels of ", inQuotes(call.entry), ", found ", inQuotes(name)));
    }
  }
  return {};
}

} // namespace braid
