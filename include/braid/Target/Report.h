//===- Report.h - Each kernel against the roofline -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TARGET_REPORT_H
#define BRAID_TARGET_REPORT_H

#include "braid/Formats/Manifest.h"
#include "braid/Target/Rates.h"
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace braid {

/// One call of an entry: `rows` rows of `tokens` tokens each (one, where the entry takes one), each row after `context`
/// tokens. `braid bench` reads its flags of these names the same way.
struct Workload {
  int64_t rows = 1, tokens = 4096, context = 4096;
};

/// Replaces those sizes that `text` names: "rows=8,tokens=1,context=2048". `flag` is the name for messages.
Status parseWorkload(std::string_view text, std::string_view flag, Workload &work);

/// A kernel's share of one call: the sums over its launches.
struct KernelReport : KernelFloor {
  std::string name;
  int64_t calls = 0;
  DType math = DType::F32;
  std::optional<double> measured; // seconds
};

struct EntryReport {
  std::string name;
  Workload at; // what was measured, else what was asked for
  double rows = 0, tokens = 0, positions = 0; // of the call; positions attended to, summed over its tokens
  std::vector<KernelReport> kernels;          // in order of first launch
  double flops = 0, bytes = 0, seconds = 0;
  Rates rates;                                // that the seconds are predicted with
  std::optional<double> measured;             // seconds of such a call
};

struct Report {
  std::string model, target;
  Workload work;
  SourcedRates rates; // of entries that were not measured
  std::vector<EntryReport> entries;
};

/// A call as `braid bench --json` measured it, and the machine's rates in turns with it.
struct MeasuredCall {
  std::string entry;
  Workload at;
  double seconds = 0;
  Rates rates;
  std::vector<std::pair<std::string, double>> kernels; // those that were timed, and their seconds
};

/// Reads a file with a line for each call, one of each entry.
Result<std::vector<MeasuredCall>> readTimes(const std::string &path);

/// All that was measured is in the manifest.
Status checkTimes(const std::vector<MeasuredCall> &times, const Manifest &manifest, std::string_view flag);

/// An entry that was measured is reported at the sizes and with the rates of its measurement.
Report makeReport(const Manifest &manifest, const Workload &work, const SourcedRates &rates,
                  const std::vector<MeasuredCall> &times = {});

/// For people.
std::string asTable(const Report &report);
/// For machines: one object, described in docs/Report.md.
std::string asJSON(const Report &report);

} // namespace braid

#endif // BRAID_TARGET_REPORT_H
