//===- Cases.h - One case of a campaign -----------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_GENERATE_CASES_H
#define BRAID_TEST_LIB_GENERATE_CASES_H

#include "ModuleGenerator.h"
#include <string>
#include <vector>

namespace braid::generate {

enum class Mode { RoundTrip, Run, Mutate };
llvm::StringRef nameOf(Mode mode);

struct CaseOptions {
  Mode mode = Mode::RoundTrip;
  ModuleLimits limits;
  std::string plant;
  bool print = false; // the modules
};

struct CaseOutcome {
  std::string fault; // one line; "" where everything holds
  double worst = 0;
  int64_t taken = 0, refused = 0; // spoilt modules
};

/// Sums over a campaign.
struct Tally {
  int64_t cases = 0, faults = 0, taken = 0, refused = 0;
  double worst = 0;
  void add(const CaseOutcome &outcome);
  std::string text() const;
};

/// Module `index` of a seed, in a process of its own: a crash is a fault like others.
CaseOutcome runCase(const CaseOptions &options, uint64_t seed, int64_t index);
/// The same for a module in a file; the seed is that of its values.
CaseOutcome runFile(const CaseOptions &options, const std::string &path, uint64_t seed);
/// Writes module `index` to a file of the folder, and prints what repeats the case from there.
void keepModule(const CaseOptions &options, uint64_t seed, int64_t index, const std::string &folder);

/// Miscompiles that can be planted.
std::vector<std::string> plantNames();

} // namespace braid::generate

#endif // BRAID_TEST_LIB_GENERATE_CASES_H
