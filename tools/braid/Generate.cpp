//===- Generate.cpp - braid generate --------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

#include <algorithm>
#include <chrono>

namespace braid::tool {

namespace {
struct Options {
  ProgramOptions program;
  std::vector<std::string> tokens;
  std::string documents, loadState, saveState;
  int64_t maxNew = 16, chunk = 512, rows = 8;
  braid_sampling sampling = {sizeof(braid_sampling), 0, 0, 1, 0, 0};
  bool ignoreEos = false, printTokens = false, poison = false;
};

Result<SamplerHandle> makeSampler(const braid_sampling &sampling, int64_t vocabSize) {
  braid_sampler *sampler = nullptr;
  BRAID_TRY(take(braid_sampler_create(&sampling, vocabSize, &sampler)));
  return SamplerHandle(sampler);
}

double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// One document: its prompt, and what comes behind it.
struct Sequence {
  std::vector<int32_t> tokens; // prompt and new ones
  size_t prompt = 0, done = 0; // tokens of the prompt; tokens that were run
  SamplerHandle sampler = nullptr;
};

/// Documents side by side: in one call some are given a piece of their prompt and others their newest token, and a slot
/// that comes free takes the next document. A document's pieces depend on its own length alone, so that its tokens do too.
class Generation {
public:
  Generation(const Options &options, std::vector<std::vector<int32_t>> prompts) : options(options) {
    for (std::vector<int32_t> &prompt : prompts) {
      sequences.emplace_back();
      sequences.back().prompt = prompt.size();
      sequences.back().tokens = std::move(prompt);
    }
  }

  Status run() {
    BRAID_TRY_ASSIGN(program, options.program.load());
    BRAID_TRY_ASSIGN(model, modelOf(*program));
    BRAID_TRY_ASSIGN(prefill, findEntry(*program, options.program, "prefill"));
    BRAID_TRY_ASSIGN(decode, findEntry(*program, options.program, "decode"));
    BRAID_TRY(checkPrompts());
    BRAID_TRY(openSession());
    for (Sequence &sequence : sequences) {
      BRAID_TRY_ASSIGN(sequence.sampler, makeSampler(options.sampling, model.vocab_size));
    }
    while (true) {
      BRAID_TRY(admit());
      if (std::all_of(running.begin(), running.end(), [](Sequence *sequence) { return !sequence; }))
        break;
      BRAID_TRY(step());
    }
    if (!options.saveState.empty())
      BRAID_TRY(take(braid_slot_save(session.get(), 0, options.saveState.c_str())));
    return report();
  }

private:
  Status checkPrompts() const {
    for (size_t i = 0; i < sequences.size(); ++i)
      BRAID_TRY(checkTokens(sequences[i].tokens.data(), static_cast<int64_t>(sequences[i].prompt), model.vocab_size,
                            options.documents.empty() ? "--tokens" : cat(options.documents, ":", i + 1)));
    return {};
  }

  Status openSession() {
    int64_t longest = 0, saved = 0;
    for (const Sequence &sequence : sequences)
      longest = std::max(longest, static_cast<int64_t>(sequence.prompt));
    if (!options.loadState.empty())
      BRAID_TRY(take(braid_saved_length(options.loadState.c_str(), &saved)));
    chunk = std::min(options.chunk, longest);
    int64_t rows = std::min(options.rows, static_cast<int64_t>(sequences.size()));
    // The last new token is never run, so it needs no room. What is loaded has a slot of its own.
    int64_t context = saved + longest + std::max<int64_t>(options.maxNew - 1, 0);
    braid_session_options limits = {sizeof limits, rows, rows * chunk, context, rows + !options.loadState.empty(),
                                    options.program.threads, options.poison ? BRAID_SESSION_POISON : 0, 0, 0};
    BRAID_TRY_ASSIGN(session, createSession(*program, limits));
    if (!options.loadState.empty())
      BRAID_TRY(take(braid_slot_load(session.get(), rows, options.loadState.c_str())));
    running.assign(static_cast<size_t>(rows), nullptr);
    logits.resize(static_cast<size_t>(rows * model.vocab_size));
    return {};
  }

  /// Gives free slots to waiting documents.
  Status admit() {
    for (size_t slot = 0; slot < running.size(); ++slot) {
      if (running[slot] || waiting == sequences.size())
        continue;
      running[slot] = &sequences[waiting++];
      int64_t to = static_cast<int64_t>(slot);
      BRAID_TRY(take(options.loadState.empty()
                         ? braid_slot_reset(session.get(), to)
                         : braid_slot_copy(session.get(), static_cast<int64_t>(running.size()), to)));
    }
    return {};
  }

  /// One call, and the tokens that follow from it.
  Status step() {
    auto start = std::chrono::steady_clock::now();
    std::vector<int64_t> rowStart{0};
    std::vector<int32_t> slots, tokens;
    std::vector<braid_sampler *> samplers; // null where the prompt goes on, or nothing is wanted behind it
    bool anyPrompt = false;
    for (size_t slot = 0; slot < running.size(); ++slot) {
      Sequence *sequence = running[slot];
      if (!sequence)
        continue;
      bool inPrompt = sequence->done < sequence->prompt;
      size_t count = inPrompt ? std::min(static_cast<size_t>(chunk), sequence->prompt - sequence->done) : 1;
      anyPrompt |= inPrompt;
      auto first = sequence->tokens.begin() + static_cast<ptrdiff_t>(sequence->done);
      tokens.insert(tokens.end(), first, first + static_cast<ptrdiff_t>(count));
      sequence->done += count;
      slots.push_back(static_cast<int32_t>(slot));
      samplers.push_back(sequence->done < sequence->prompt || options.maxNew == 0 ? nullptr : sequence->sampler.get());
      rowStart.push_back(static_cast<int64_t>(tokens.size()));
    }
    braid_batch batch = {sizeof batch, anyPrompt ? prefill : decode, 0, static_cast<int64_t>(slots.size()),
                         rowStart.data(), slots.data(), tokens.data()};
    std::vector<int32_t> next(slots.size());
    BRAID_TRY(take(braid_session_next(session.get(), &batch, logits.data(), logits.size(), samplers.data(), next.data())));
    for (size_t row = 0; row < slots.size(); ++row) {
      Sequence *&sequence = running[static_cast<size_t>(slots[row])];
      if (sequence->done < sequence->prompt)
        continue;
      if (!samplers[row] || !extend(*sequence, next[row]))
        sequence = nullptr;
    }
    (anyPrompt ? promptTime : newTime) += secondsSince(start);
    return {};
  }

  /// Takes a new token; false where it is the last.
  bool extend(Sequence &sequence, int32_t token) const {
    sequence.tokens.push_back(token);
    int64_t made = static_cast<int64_t>(sequence.tokens.size() - sequence.prompt);
    const int64_t *eosEnd = model.eos_token_ids + model.eos_count;
    bool ends = !options.ignoreEos && std::find(model.eos_token_ids, eosEnd, token) != eosEnd;
    return !ends && made < options.maxNew;
  }

  Status report() const {
    size_t promptTokens = 0, newTokens = 0;
    std::string lines;
    for (const Sequence &sequence : sequences) {
      promptTokens += sequence.prompt;
      newTokens += sequence.tokens.size() - sequence.prompt;
      for (size_t i = sequence.prompt; i < sequence.tokens.size(); ++i)
        lines += cat(i == sequence.prompt ? "" : ",", sequence.tokens[i]);
      lines += "\n";
    }
    std::string summary = cat("prompt: ", promptTokens, " tokens in ", promptTime, " s; new: ", newTokens, " tokens in ",
                              newTime, " s\n");
    return print(options.printTokens ? summary + lines : summary);
  }

  const Options &options;
  ProgramHandle program;
  SessionHandle session;
  braid_model_info model = {};
  int32_t prefill = 0, decode = 0;
  int64_t chunk = 0;
  std::vector<Sequence> sequences;
  size_t waiting = 0;               // the first sequence without a slot yet
  std::vector<Sequence *> running;  // [rows]: of each slot
  std::vector<float> logits;
  double promptTime = 0, newTime = 0; // calls with a piece of a prompt, and others
};

Status generate(const Options &options) {
  std::vector<std::vector<int32_t>> prompts;
  if (options.tokens.empty() == options.documents.empty())
    return Status::usage(cat("expected one of --tokens and --documents, found ", options.tokens.empty() ? "neither" : "both"));
  for (const std::string &text : options.tokens) {
    BRAID_TRY_ASSIGN(std::vector<int32_t> prompt, parseTokens(text, "--tokens"));
    prompts.push_back(std::move(prompt));
  }
  if (!options.documents.empty()) {
    BRAID_TRY_ASSIGN(prompts, readDocuments(options.documents));
  }
  if (!options.saveState.empty() && prompts.size() != 1)
    return Status::usage(cat("--save-state: expected one document, found ", prompts.size()));
  // The sampling options are checked before the weights take their time.
  BRAID_TRY(makeSampler(options.sampling, 1).status());
  return Generation(options, std::move(prompts)).run();
}
} // namespace

Command addGenerate(CLI::App &app) {
  auto options = std::make_shared<Options>();
  options->program.addTo(app);
  app.add_option("--tokens", options->tokens, "Ids to continue, separated by commas; once for each document")
      ->allow_extra_args(false)
      ->type_name("IDS");
  app.add_option("--documents", options->documents, "File with the ids of one document in each line")->type_name("FILE");
  app.add_option("--rows", options->rows, "Most documents in one call")->check(between(1, 4096))->capture_default_str();
  app.add_option("--max-new", options->maxNew, "Most new tokens")->check(between(0, int64_t{1} << 40))->capture_default_str();
  app.add_option("--chunk", options->chunk, "Most prompt tokens of a document in one call")
      ->check(between(1, 1 << 24))
      ->capture_default_str();
  app.add_option("--load-state", options->loadState, "Each document continues what --save-state wrote")->type_name("FILE");
  app.add_option("--save-state", options->saveState, "File to write: the state behind the document's last token that was run")
      ->type_name("FILE");
  app.add_option("--temperature", options->sampling.temperature, "0 takes the likeliest token")->capture_default_str();
  app.add_option("--top-k", options->sampling.top_k, "Keep the k likeliest; 0 keeps all")->capture_default_str();
  app.add_option("--top-p", options->sampling.top_p, "Keep the fewest that together reach p")->capture_default_str();
  app.add_option("--min-p", options->sampling.min_p, "Keep those at least p times as likely as the likeliest")
      ->capture_default_str();
  app.add_option("--seed", options->sampling.seed, "Seed of the sampling")
      ->check(seed())
      ->capture_default_str();
  app.add_flag("--ignore-eos", options->ignoreEos, "Go on after an end-of-sequence token");
  app.add_flag("--print-tokens", options->printTokens, "Print the new ids, separated by commas, as the last line");
  app.add_flag("--poison", options->poison, "Fill unwritten memory with NaN: a check of the artifact");
  return [options] { return generate(*options); };
}

} // namespace braid::tool
