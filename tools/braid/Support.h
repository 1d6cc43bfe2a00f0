//===- Support.h - What the subcommands share ----------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_BRAID_SUPPORT_H
#define BRAID_TOOLS_BRAID_SUPPORT_H

#include "common/Handles.h"
#include "common/Main.h"
#include "braid/Formats/Roofline.h"

#include <string>
#include <string_view>
#include <vector>

namespace braid::tool {

/// The options that say which artifact runs with which weights on how many threads.
struct ProgramOptions {
  std::string artifact, weights, init;
  int threads = 0;

  void addTo(CLI::App &app, bool withWeights = true);
  Result<ProgramHandle> load() const;
  /// The same, where an artifact of functions may need no weights: neither option draws them from seed 0.
  Result<ProgramHandle> loadFunctions() const;
};

void addThreads(CLI::App &app, int32_t &threads);

/// What so many threads of this machine reach.
Result<Rates> measureRates(int32_t threads);

/// "random:SEED".
Result<uint64_t> parseSeed(const std::string &init);

/// A whole number in decimal, within a range.
Result<int64_t> parseInteger(std::string_view text, std::string_view name, int64_t low, int64_t high);

/// Token ids, separated by commas; `name` says where they stand.
Result<std::vector<int32_t>> parseTokens(std::string_view text, std::string_view name);
/// That each is an id of the vocabulary; `where` says where they stand.
Status checkTokens(const int32_t *tokens, int64_t count, int64_t vocabSize, std::string_view where);
/// A text file with the ids of one document in each line.
Result<std::vector<std::vector<int32_t>>> readDocuments(const std::string &path);

Result<braid_model_info> modelOf(const braid_program &program);
/// The index of an entry point, or an error that names those that there are.
Result<int32_t> findEntry(const braid_program &program, const ProgramOptions &options, const std::string &name);

Result<SessionHandle> createSession(const braid_program &program, const braid_session_options &limits);

/// Prints to stdout; a failed write is an error, not a signal.
Status print(const std::string &text);

Command addBench(CLI::App &app);
Command addCall(CLI::App &app);
Command addDevices(CLI::App &app);
Command addGenerate(CLI::App &app);
Command addInfo(CLI::App &app);
Command addInit(CLI::App &app);
Command addRates(CLI::App &app);
Command addScore(CLI::App &app);

} // namespace braid::tool

#endif // BRAID_TOOLS_BRAID_SUPPORT_H
