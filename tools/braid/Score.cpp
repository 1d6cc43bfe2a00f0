//===- Score.cpp - braid score --------------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"
#include "braid/Formats/Npy.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace braid::tool {

namespace {
struct Options {
  ProgramOptions program;
  std::string tokens, logits, logprobs;
  int64_t piece = 0;
  bool poison = false;
};

struct Tokens {
  int64_t rows = 0, length = 0;
  std::vector<int32_t> ids;
};

Result<Tokens> readTokens(const std::string &path) {
  BRAID_TRY_ASSIGN(NpyArray array, readNpy(path));
  if (array.dtype != DType::I32 || array.shape.size() != 2 || array.elements() == 0)
    return Status::badInput(cat(path, ": expected int32 of shape [B, T], found ", nameOf(array.dtype), " of shape ",
                                listed(array.shape)));
  Tokens tokens{array.shape[0], array.shape[1], std::vector<int32_t>(array.elements())};
  std::memcpy(tokens.ids.data(), array.bytes.data(), array.bytes.size());
  return tokens;
}

/// log softmax(logits)[token], in double precision.
double logProbability(const float *logits, int64_t vocabSize, int32_t token) {
  double largest = *std::max_element(logits, logits + vocabSize), sum = 0;
  for (int64_t i = 0; i < vocabSize; ++i)
    sum += std::exp(logits[i] - largest);
  return logits[token] - largest - std::log(sum);
}

class Scorer {
public:
  Scorer(const Options &options, Tokens tokens) : options(options), tokens(std::move(tokens)) {}

  Status run() {
    BRAID_TRY_ASSIGN(program, options.program.load());
    BRAID_TRY_ASSIGN(braid_model_info model, modelOf(*program));
    vocabSize = model.vocab_size;
    BRAID_TRY_ASSIGN(entry, findEntry(*program, "score"));
    choosePieces();
    BRAID_TRY(openSession());
    BRAID_TRY(openOutputs());
    for (int64_t row = 0; row < tokens.rows; row += rowsPerCall)
      for (int64_t at = 0; at < tokens.length; at += tokensPerRow)
        BRAID_TRY(runPiece(row, std::min(rowsPerCall, tokens.rows - row), at, std::min(tokensPerRow, tokens.length - at)));
    if (logitsFile)
      BRAID_TRY(logitsFile->finish());
    return logprobsFile ? logprobsFile->finish() : Status();
  }

private:
  /// As many whole rows as fit in one call, else a part of one row: results
  /// come in the order of the output, and logits take about 64 MiB.
  void choosePieces() {
    int64_t most = options.piece;
    if (most == 0)
      most = std::clamp<int64_t>((int64_t{16} << 20) / vocabSize, 16, 1024);
    rowsPerCall = std::clamp<int64_t>(most / tokens.length, 1, tokens.rows);
    tokensPerRow = std::min(most, tokens.length);
  }

  Status openSession() {
    braid_session_options limits = {sizeof limits, rowsPerCall, rowsPerCall * tokensPerRow, tokens.length, rowsPerCall,
                                    options.program.threads, options.poison ? BRAID_SESSION_POISON : 0};
    BRAID_TRY_ASSIGN(session, createSession(*program, limits));
    logits.resize(static_cast<size_t>(rowsPerCall * tokensPerRow * vocabSize));
    return {};
  }

  Status openOutputs() {
    if (!options.logits.empty()) {
      BRAID_TRY_ASSIGN(logitsFile,
                       NpyWriter::create(options.logits, DType::F32, {tokens.rows, tokens.length, vocabSize}));
    }
    if (!options.logprobs.empty()) {
      BRAID_TRY_ASSIGN(logprobsFile,
                       NpyWriter::create(options.logprobs, DType::F32, {tokens.rows, tokens.length - 1}));
    }
    return {};
  }

  /// Tokens [at, at + count) of `rows` rows; more than one row only if `count` is all of each.
  Status runPiece(int64_t firstRow, int64_t rows, int64_t at, int64_t count) {
    std::vector<int64_t> rowStart;
    std::vector<int32_t> slot;
    for (int64_t i = 0; i <= rows; ++i)
      rowStart.push_back(i * count);
    for (int64_t i = 0; i < rows; ++i) {
      slot.push_back(static_cast<int32_t>(i));
      if (at == 0)
        BRAID_TRY(take(braid_slot_reset(session.get(), i)));
    }
    const int32_t *ids = tokens.ids.data() + firstRow * tokens.length + at;
    braid_batch batch = {sizeof batch, entry, 0, rows, rowStart.data(), slot.data(), ids};
    BRAID_TRY(take(braid_session_run(session.get(), &batch, logits.data(), logits.size())));
    if (logitsFile)
      BRAID_TRY(logitsFile->append(logits.data(), static_cast<size_t>(rows * count * vocabSize)));
    return logprobsFile ? appendLogprobs(ids, rows * count, at) : Status();
  }

  /// The log probability of each token that has a successor in its row.
  Status appendLogprobs(const int32_t *ids, int64_t count, int64_t at) {
    std::vector<float> values;
    for (int64_t i = 0; i < count; ++i)
      if ((at + i) % tokens.length != tokens.length - 1)
        values.push_back(static_cast<float>(logProbability(logits.data() + i * vocabSize, vocabSize, ids[i + 1])));
    return logprobsFile->append(values.data(), values.size());
  }

  const Options &options;
  Tokens tokens;
  ProgramHandle program;
  SessionHandle session;
  int32_t entry = 0;
  int64_t vocabSize = 0, rowsPerCall = 1, tokensPerRow = 1;
  std::vector<float> logits;
  std::optional<NpyWriter> logitsFile, logprobsFile;
};

Status score(const Options &options) {
  if (options.logits.empty() && options.logprobs.empty())
    return Status::usage("expected --logits or --logprobs, found neither");
  BRAID_TRY_ASSIGN(Tokens tokens, readTokens(options.tokens));
  return Scorer(options, std::move(tokens)).run();
}
} // namespace

Command addScore(CLI::App &app) {
  auto options = std::make_shared<Options>();
  options->program.addTo(app);
  app.add_option("--tokens", options->tokens, "NumPy file, int32 [B, T]")->required()->type_name("FILE");
  app.add_option("--logits", options->logits, "NumPy file to write, float32 [B, T, V]")->type_name("FILE");
  app.add_option("--logprobs", options->logprobs,
                 "NumPy file to write, float32 [B, T-1]: log probability of each next token")
      ->type_name("FILE");
  app.add_option("--piece", options->piece, "Most tokens in one call; 0 chooses by memory")
      ->check(between(0, 1 << 20))
      ->capture_default_str();
  app.add_flag("--poison", options->poison, "Fill unwritten memory with NaN: a check of the artifact");
  return [options] { return score(*options); };
}

} // namespace braid::tool
