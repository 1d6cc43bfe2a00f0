//===- Report.cpp - Each kernel against the roofline -----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Target/Report.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

using namespace llvm;

namespace braid {

static KernelReport reportKernel(const Manifest::Kernel &kernel, const EntryReport &entry) {
  return {floorOf(kernel, entry.tokens, entry.rows, entry.positions, entry.rates), kernel.name, kernel.calls, kernel.math, {}};
}

Report makeReport(const Manifest &manifest, const Workload &work, const SourcedRates &rates,
                  const std::vector<MeasuredCall> &times) {
  Report report{(manifest.model ? manifest.model->name : std::string("functions")), manifest.target.kind + " " + manifest.target.cpu, work, rates, {}};
  for (const Manifest::Entry &called : manifest.entries) {
    EntryReport entry;
    entry.name = called.name;
    entry.at = work;
    entry.rates = rates;
    llvm::StringMap<double> measured;
    for (const MeasuredCall &call : times)
      if (call.entry == called.name) {
        entry.at = call.at, entry.rates = call.rates, entry.measured = call.seconds;
        for (const auto &[name, seconds] : call.kernels)
          measured[name] = seconds;
      }
    double each = called.oneTokenRows ? 1 : double(entry.at.tokens);
    entry.rows = double(entry.at.rows);
    entry.tokens = entry.rows * each;
    // Token i of a row, from zero, attends to the context, its predecessors in the row and itself.
    entry.positions = entry.rows * (each * double(entry.at.context) + each * (each + 1) / 2);
    for (const Manifest::Kernel &kernel : manifest.kernels) {
      if (kernel.entry != called.name)
        continue;
      KernelReport &added = entry.kernels.emplace_back(reportKernel(kernel, entry));
      if (auto time = measured.find(kernel.name); time != measured.end())
        added.measured = time->second;
      entry.flops += added.flops;
      entry.bytes += added.bytes;
      entry.seconds += added.seconds;
    }
    report.entries.push_back(std::move(entry));
  }
  return report;
}

/// One line of a table; the last column is the share of the entry's time.
static void printLine(raw_ostream &os, int width, StringRef name, int64_t calls, double flops, double bytes,
                      double seconds, double whole, std::optional<double> measured, StringRef bound) {
  os << left_justify(name, width) << format("%7lld %12.4g %12.4g %12.4g %6.1f%%", (long long)calls, flops * 1e-9,
                                            bytes * 1e-6, seconds * 1e6, whole > 0 ? 100 * seconds / whole : 0.0);
  if (measured)
    os << format(" %12.4g %6.1f%%", *measured * 1e6, 100 * seconds / *measured);
  os << (bound.empty() ? "" : "  ") << bound << "\n";
}

static void print(raw_ostream &os, const Rates &rates) {
  os << format("%.4g GB/s, bf16 %.4g, f32 %.4g, f64 %.4g GFLOP/s, %.4g G exponentials/s", rates.bytes * 1e-9, rates.bf16 * 1e-9,
               rates.f32 * 1e-9, rates.f64 * 1e-9, rates.exp * 1e-9);
}

std::string asTable(const Report &report) {
  std::string text;
  raw_string_ostream os(text);
  os << report.model << " on " << report.target << ", at best ";
  print(os, report.rates);
  os << " (" << report.rates.source << ")\n";
  for (const EntryReport &entry : report.entries) {
    os << "\n" << entry.name << ": " << entry.at.rows << " rows of " << int64_t(entry.tokens / entry.rows)
       << " tokens, each after " << entry.at.context << "\n";
    size_t width = 16;
    int64_t calls = 0;
    for (const KernelReport &kernel : entry.kernels)
      width = std::max(width, kernel.name.size()), calls += kernel.calls;
    bool byKernel = any_of(entry.kernels, [](const KernelReport &kernel) { return kernel.measured.has_value(); });
    os << left_justify("kernel", width) << "  calls        GFLOP           MB           us   share  "
       << (byKernel ? "measured us    of it  " : "") << "bound by\n";
    for (const KernelReport &kernel : entry.kernels)
      printLine(os, int(width), kernel.name, kernel.calls, kernel.flops, kernel.bytes, kernel.seconds, entry.seconds,
                kernel.measured, kernel.boundByMemory ? "memory" : std::string_view(nameOf(kernel.math)));
    printLine(os, int(width), "total", calls, entry.flops, entry.bytes, entry.seconds, entry.seconds, {}, "");
    if (!entry.measured)
      continue;
    os << "measured " << format("%.4g us; the prediction is %.1f%% of it, at ", *entry.measured * 1e6,
                                100 * entry.seconds / *entry.measured);
    print(os, entry.rates);
    os << "\n";
  }
  return text;
}

static json::Object toJSON(const KernelReport &kernel) {
  json::Object object{{"name", kernel.name},
                      {"calls", kernel.calls},
                      {"math", StringRef(nameOf(kernel.math))},
                      {"flops", kernel.flops},
                      {"bytes", kernel.bytes},
                      {"exponentials", kernel.exponentials},
                      {"seconds", kernel.seconds},
                      {"bound", kernel.boundByMemory ? "memory" : "arithmetic"}};
  if (kernel.measured)
    object["measured_seconds"] = *kernel.measured;
  return object;
}

static json::Object toJSON(const Rates &rates) {
  return json::Object{{"bytes", rates.bytes}, {"bf16", rates.bf16}, {"f32", rates.f32}, {"f64", rates.f64},
                      {"exp", rates.exp}};
}

static json::Object toJSON(const EntryReport &entry) {
  json::Array kernels;
  for (const KernelReport &kernel : entry.kernels)
    kernels.push_back(toJSON(kernel));
  json::Object object{{"name", entry.name},          {"rows", entry.rows},
                      {"tokens", entry.tokens},      {"context", entry.at.context},
                      {"positions", entry.positions}, {"flops", entry.flops},
                      {"bytes", entry.bytes},        {"seconds", entry.seconds},
                      {"kernels", std::move(kernels)}};
  if (entry.measured) {
    object["measured_seconds"] = *entry.measured;
    object["rates"] = toJSON(entry.rates);
  }
  return object;
}

std::string asJSON(const Report &report) {
  json::Array entries;
  for (const EntryReport &entry : report.entries)
    entries.push_back(toJSON(entry));
  json::Object at{{"rows", report.work.rows}, {"tokens", report.work.tokens}, {"context", report.work.context}};
  json::Object rates = toJSON(report.rates);
  rates["source"] = report.rates.source;
  json::Value whole = json::Object{{"format", 1},
                                   {"model", report.model},
                                   {"target", report.target},
                                   {"at", std::move(at)},
                                   {"rates", std::move(rates)},
                                   {"entries", std::move(entries)}};
  std::string text;
  raw_string_ostream(text) << formatv("{0:2}", whole) << "\n";
  return text;
}

} // namespace braid
