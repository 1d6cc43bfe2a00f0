//===- braid-generate-modules.cpp - Random modules through the compiler ---===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For tests alone: draws modules from a seed and holds the compiler to what it
// promises of each. A case runs in a process of its own; a failure prints the line
// that repeats it.
//
//===----------------------------------------------------------------------===//

#include "Cases.h"
#include "CLI/CLI.hpp"
#include <chrono>
#include <iostream>

using namespace braid;
using namespace braid::generate;

namespace {

struct Campaign {
  CaseOptions options;
  uint64_t seed = uint64_t(std::chrono::duration_cast<std::chrono::hours>(
                               std::chrono::system_clock::now().time_since_epoch()).count() / 24);
  int64_t count = 50, first = 0;
  std::string keep;
  int64_t mostFaults = 10;

  std::string repeat(int64_t index) const {
    std::string line = cat("braid-generate-modules --", std::string_view(nameOf(options.mode)), " --seed ", seed,
                           " --first ", index, " --count 1");
    return options.plant.empty() ? line : cat(line, " --plant ", options.plant);
  }

  int run() const {
    std::cout << "seed " << seed << ", " << count << " modules" << std::endl;
    Tally tally;
    for (int64_t index = first; index < first + count && tally.faults < mostFaults; ++index) {
      CaseOutcome outcome = runCase(options, seed, index);
      tally.add(outcome);
      if (outcome.fault.empty())
        continue;
      std::cout << "module " << index << ": " << outcome.fault << "\n  repeat: " << repeat(index) << std::endl;
      if (!keep.empty())
        keepModule(options, seed, index, keep);
    }
    std::cout << tally.text() << std::endl;
    return tally.faults ? 1 : 0;
  }
};

} // namespace

int main(int argc, char **argv) {
  Campaign campaign;
  if (const char *seed = std::getenv("BRAID_PROPERTY_SEED"))
    campaign.seed = std::strtoull(seed, nullptr, 10);
  CLI::App app("Random modules through the compiler");
  bool run = false, mutate = false;
  std::string file;
  app.add_flag("--round-trip", "Verify, print, parse and print again (the default)");
  app.add_flag("--run", run, "Compile for this machine, call, and compare with the evaluator");
  app.add_flag("--mutate", mutate, "Spoil the module: braidc may compile or refuse it, no more");
  app.add_flag("--print", campaign.options.print, "Print the modules");
  app.add_option("--seed", campaign.seed, "Seed of the modules; by default the number of the day");
  app.add_option("--first", campaign.first, "First module")->check(CLI::NonNegativeNumber);
  app.add_option("--count", campaign.count, "Modules")->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--patterns", campaign.options.limits.patterns, "Most patterns of a function")->check(CLI::PositiveNumber);
  app.add_option("--plant", campaign.options.plant, "Spoil what is compiled with --run: a miscompile")
      ->check(CLI::IsMember(plantNames()));
  app.add_option("--keep", campaign.keep, "Folder for the modules that show a fault");
  app.add_option("--file", file, "A module to take in place of random ones");
  CLI11_PARSE(app, argc, argv);
  campaign.options.mode = run ? Mode::Run : mutate ? Mode::Mutate : Mode::RoundTrip;
  if (file.empty())
    return campaign.run();
  CaseOutcome outcome = runFile(campaign.options, file, campaign.seed);
  std::cout << (outcome.fault.empty() ? cat("holds, worst error ", outcome.worst, " of the tolerance") : outcome.fault)
            << std::endl;
  return outcome.fault.empty() ? 0 : 1;
}
