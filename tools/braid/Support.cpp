//===- Support.cpp - What the subcommands share ---------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

#include "braid/Formats/File.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <optional>

namespace braid::tool {

void ProgramOptions::addTo(CLI::App &app, bool withWeights) {
  app.add_option("artifact", artifact, "Artifact made by braidc")->required()->type_name("FILE");
  if (withWeights)
    app.add_option("--weights", weights, "Folder of safetensors, or one file")->type_name("DIR");
  app.add_option("--init", init, "Draw the weights from a seed: random:SEED")->type_name("random:SEED");
  addThreads(app, threads);
}

void addThreads(CLI::App &app, int32_t &threads) {
  app.add_option("--threads", threads, "Threads; 0 is one per available CPU")
      ->check(between(0, 4096))
      ->capture_default_str();
}

static void logToStderr(void *, braid_log_level, const char *message) { std::fprintf(stderr, "%s\n", message); }

Result<ProgramHandle> ProgramOptions::load() const {
  if (weights.empty() == init.empty())
    return Status::usage("expected one of --weights and --init, found " +
                         std::string(weights.empty() ? "neither" : "both"));
  braid_program_options options = {};
  options.size = sizeof options;
  options.threads = threads;
  options.log = logToStderr;
  if (init.empty()) {
    options.weights = weights.c_str();
  } else {
    BRAID_TRY_ASSIGN(options.seed, parseSeed(init));
  }
  braid_program *program = nullptr;
  BRAID_TRY(take(braid_program_load(artifact.c_str(), &options, &program)));
  return ProgramHandle(program);
}

Result<ProgramHandle> ProgramOptions::loadFunctions() const {
  if (!weights.empty() || !init.empty())
    return load();
  ProgramOptions drawn = *this;
  drawn.init = "random:0";
  BRAID_TRY_ASSIGN(ProgramHandle program, drawn.load());
  if (braid_program_weight_count(program.get()) != 0)
    return Status::usage("expected one of --weights and --init for a program with weights, found neither");
  return program;
}

Result<uint64_t> parseSeed(const std::string &init) {
  constexpr std::string_view prefix = "random:";
  std::string_view text = init;
  if (text.substr(0, prefix.size()) == prefix)
    if (std::optional<uint64_t> seed = wholeOf<uint64_t>(text.substr(prefix.size())))
      return *seed;
  return Status::usage(cat("--init: expected random:SEED with a seed from 0 to 2^64 - 1, found ", inQuotes(init)));
}

Result<int64_t> parseInteger(std::string_view text, std::string_view name, int64_t low, int64_t high) {
  std::optional<int64_t> value = wholeOf<int64_t>(text);
  if (!value || *value < low || *value > high)
    return Status::usage(cat(name, ": expected an integer from ", low, " to ", high, ", found ", inQuotes(text)));
  return *value;
}

Result<std::vector<int32_t>> parseTokens(std::string_view text, std::string_view name) {
  std::vector<int32_t> tokens;
  for (size_t start = 0; start <= text.size();) {
    size_t comma = std::min(text.find(',', start), text.size());
    BRAID_TRY_ASSIGN(int64_t token, parseInteger(text.substr(start, comma - start), name, 0,
                                                 std::numeric_limits<int32_t>::max()));
    tokens.push_back(static_cast<int32_t>(token));
    start = comma + 1;
  }
  return tokens;
}

Status checkTokens(const int32_t *tokens, int64_t count, int64_t vocabSize, std::string_view where) {
  for (int64_t i = 0; i < count; ++i)
    if (tokens[i] < 0 || tokens[i] >= vocabSize)
      return Status::badInput(
          cat(where, ": token ", i, ": expected an id from 0 to ", vocabSize - 1, ", found ", tokens[i]));
  return {};
}

Result<std::vector<std::vector<int32_t>>> readDocuments(const std::string &path) {
  BRAID_TRY_ASSIGN(std::string text, readFile(path, uint64_t{1} << 32));
  std::vector<std::vector<int32_t>> documents;
  for (size_t start = 0; start < text.size();) {
    size_t end = std::min(text.find('\n', start), text.size());
    Result<std::vector<int32_t>> tokens =
        parseTokens(std::string_view(text).substr(start, end - start), cat(path, ":", documents.size() + 1));
    if (!tokens.ok())
      return Status::badInput(std::string(tokens.status().message()));
    documents.push_back(std::move(*tokens));
    start = end + 1;
  }
  if (documents.empty())
    return Status::badInput(cat(path, ": expected a line of token ids for each document, found an empty file"));
  return documents;
}

Result<braid_model_info> modelOf(const braid_program &program) {
  braid_model_info info = {};
  info.size = sizeof info;
  BRAID_TRY(take(braid_program_model(&program, &info)));
  return info;
}

Result<int32_t> findEntry(const braid_program &program, const ProgramOptions &options, const std::string &name) {
  if (int32_t index = braid_program_find_entry(&program, name.c_str()); index >= 0)
    return index;
  std::string known;
  for (int32_t i = 0; i < braid_program_entry_count(&program); ++i) {
    braid_entry_info info = {};
    info.size = sizeof info;
    BRAID_TRY(take(braid_program_entry(&program, i, &info)));
    known += cat(i == 0 ? "" : ", ", inQuotes(info.name));
  }
  return Status::badInput(
      cat(options.artifact, ": expected one of the entry points ", known, ", found ", inQuotes(name)));
}

Result<SessionHandle> createSession(const braid_program &program, const braid_session_options &limits) {
  braid_session *session = nullptr;
  BRAID_TRY(take(braid_session_create(&program, &limits, &session)));
  return SessionHandle(session);
}

Status print(const std::string &text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
    return Status::io(cat("cannot write to standard output: ", std::strerror(errno)));
  return {};
}

} // namespace braid::tool
