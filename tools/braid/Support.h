//===- Support.h - What the subcommands share ----------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_BRAID_SUPPORT_H
#define BRAID_TOOLS_BRAID_SUPPORT_H

#include "braid/Formats/Status.h"
#include "braid/Runtime/braid.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace braid::tool {

template <auto destroy> struct Destroy {
  template <typename T> void operator()(T *handle) const { destroy(handle); }
};
using ProgramHandle = std::unique_ptr<braid_program, Destroy<braid_program_destroy>>;
using ContextHandle = std::unique_ptr<braid_context, Destroy<braid_context_destroy>>;
using SessionHandle = std::unique_ptr<braid_session, Destroy<braid_session_destroy>>;
using SamplerHandle = std::unique_ptr<braid_sampler, Destroy<braid_sampler_destroy>>;

/// A status of the C interface as one of ours; destroys the handle.
Status take(braid_status *status);

/// The options that say which artifact runs with which weights on how many threads.
struct ProgramOptions {
  std::string artifact, weights, init;
  int threads = 0;

  void addTo(CLI::App &app, bool withWeights = true);
  Result<ProgramHandle> load() const;
  /// The same, where an artifact of functions may need no weights: neither option draws them from seed 0.
  Result<ProgramHandle> loadFunctions() const;
};

/// "random:SEED".
Result<uint64_t> parseSeed(const std::string &init);

/// A whole number in decimal, within a range.
Result<int64_t> parseInteger(std::string_view text, std::string_view name, int64_t low, int64_t high);

Result<braid_model_info> modelOf(const braid_program &program);
/// The index of an entry point, or an error that names it.
Result<int32_t> findEntry(const braid_program &program, const char *name);

Result<SessionHandle> createSession(const braid_program &program, const braid_session_options &limits);

/// Prints to stdout; a failed write is an error, not a signal.
Status print(const std::string &text);

/// A subcommand: adds its options to `app` and returns what runs it.
using Command = std::function<Status()>;
Command addBench(CLI::App &app);
Command addCall(CLI::App &app);
Command addDevices(CLI::App &app);
Command addGenerate(CLI::App &app);
Command addInfo(CLI::App &app);
Command addInit(CLI::App &app);
Command addScore(CLI::App &app);

} // namespace braid::tool

#endif // BRAID_TOOLS_BRAID_SUPPORT_H
