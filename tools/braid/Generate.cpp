//===- Generate.cpp - braid generate --------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace braid::tool {

namespace {
struct Options {
  ProgramOptions program;
  std::string tokens;
  int64_t maxNew = 16, chunk = 512;
  braid_sampling sampling = {sizeof(braid_sampling), 0, 0, 1, 0, 0};
  bool ignoreEos = false, printTokens = false, poison = false;
};

Result<std::vector<int32_t>> parseTokens(std::string_view text) {
  std::vector<int32_t> tokens;
  for (size_t start = 0; start <= text.size();) {
    size_t comma = std::min(text.find(',', start), text.size());
    BRAID_TRY_ASSIGN(int64_t token, parseInteger(text.substr(start, comma - start), "--tokens", 0,
                                                 std::numeric_limits<int32_t>::max()));
    tokens.push_back(static_cast<int32_t>(token));
    start = comma + 1;
  }
  return tokens;
}

Result<SamplerHandle> makeSampler(const braid_sampling &sampling, int64_t vocabSize) {
  braid_sampler *sampler = nullptr;
  BRAID_TRY(take(braid_sampler_create(&sampling, vocabSize, &sampler)));
  return SamplerHandle(sampler);
}

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// One sequence in slot 0.
class Generation {
public:
  Generation(braid_session &session, int64_t vocabSize) : session(session), logits(static_cast<size_t>(vocabSize)) {}

  /// Runs tokens through an entry point; logits() are then those of the last one.
  Status run(int32_t entry, const int32_t *tokens, int64_t count) {
    const int64_t rowStart[] = {0, count};
    const int32_t slot[] = {0};
    braid_batch batch = {sizeof batch, entry, 0, 1, rowStart, slot, tokens};
    return take(braid_session_run(&session, &batch, logits.data(), logits.size()));
  }

  const float *lastLogits() const { return logits.data(); }

private:
  braid_session &session;
  std::vector<float> logits;
};

Status generate(const Options &options) {
  BRAID_TRY_ASSIGN(std::vector<int32_t> prompt, parseTokens(options.tokens));
  // The sampling options are checked before the weights take their time.
  BRAID_TRY(makeSampler(options.sampling, 1).status());
  BRAID_TRY_ASSIGN(ProgramHandle program, options.program.load());
  BRAID_TRY_ASSIGN(braid_model_info model, modelOf(*program));
  BRAID_TRY_ASSIGN(int32_t prefill, findEntry(*program, "prefill"));
  BRAID_TRY_ASSIGN(int32_t decode, findEntry(*program, "decode"));
  int64_t promptLength = static_cast<int64_t>(prompt.size()), chunk = std::min(options.chunk, promptLength);
  // The last new token is never run, so it needs no room.
  braid_session_options limits = {sizeof limits, 1, chunk, promptLength + std::max<int64_t>(options.maxNew - 1, 0), 1,
                                  options.program.threads, options.poison ? BRAID_SESSION_POISON : 0};
  BRAID_TRY_ASSIGN(SessionHandle session, createSession(*program, limits));
  BRAID_TRY_ASSIGN(SamplerHandle sampler, makeSampler(options.sampling, model.vocab_size));

  Generation generation(*session, model.vocab_size);
  auto start = std::chrono::steady_clock::now();
  for (int64_t at = 0; at < promptLength; at += chunk)
    BRAID_TRY(generation.run(prefill, prompt.data() + at, std::min(chunk, promptLength - at)));
  double prefillTime = secondsSince(start);

  start = std::chrono::steady_clock::now();
  std::string line;
  int64_t made = 0;
  for (; made < options.maxNew;) {
    int32_t token = 0;
    BRAID_TRY(take(braid_sampler_next(sampler.get(), generation.lastLogits(), &token)));
    line += cat(made == 0 ? "" : ",", token);
    ++made;
    const int64_t *eosEnd = model.eos_token_ids + model.eos_count;
    if (!options.ignoreEos && std::find(model.eos_token_ids, eosEnd, token) != eosEnd)
      break;
    if (made < options.maxNew)
      BRAID_TRY(generation.run(decode, &token, 1));
  }
  double decodeTime = secondsSince(start);
  std::string summary = cat("prompt: ", promptLength, " tokens in ", prefillTime, " s; new: ", made, " tokens in ",
                            decodeTime, " s\n");
  return print(options.printTokens ? summary + line + "\n" : summary);
}
} // namespace

Command addGenerate(CLI::App &app) {
  auto options = std::make_shared<Options>();
  options->program.addTo(app);
  app.add_option("--tokens", options->tokens, "Ids to continue, separated by commas")->required();
  app.add_option("--max-new", options->maxNew, "Most new tokens")->check(between(0, int64_t{1} << 40))->capture_default_str();
  app.add_option("--chunk", options->chunk, "Most prompt tokens in one call")
      ->check(between(1, 1 << 24))
      ->capture_default_str();
  app.add_option("--temperature", options->sampling.temperature, "0 takes the likeliest token")->capture_default_str();
  app.add_option("--top-k", options->sampling.top_k, "Keep the k likeliest; 0 keeps all")->capture_default_str();
  app.add_option("--top-p", options->sampling.top_p, "Keep the fewest that together reach p")->capture_default_str();
  app.add_option("--min-p", options->sampling.min_p, "Keep those at least p times as likely as the likeliest")
      ->capture_default_str();
  app.add_option("--seed", options->sampling.seed, "Seed of the sampling")->capture_default_str();
  app.add_flag("--ignore-eos", options->ignoreEos, "Go on after an end-of-sequence token");
  app.add_flag("--print-tokens", options->printTokens, "Print the new ids, separated by commas, as the last line");
  app.add_flag("--poison", options->poison, "Fill unwritten memory with NaN: a check of the artifact");
  return [options] { return generate(*options); };
}

} // namespace braid::tool
