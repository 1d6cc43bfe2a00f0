//===- Tiny.h - The tiny artifact and what it must compute ---- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// test/Inputs/tiny/tiny.c as a test sees it: through the C interface, and as a
// plain loop over the whole sequence.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_UNIT_RUNTIME_TINY_H
#define BRAID_TEST_UNIT_RUNTIME_TINY_H

#include "TestSupport.h"
#include "braid/Runtime/braid.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace braid::test {

template <auto destroy> struct Destroy {
  template <typename T> void operator()(T *handle) const { destroy(handle); }
};
using StatusHandle = std::unique_ptr<braid_status, Destroy<braid_status_destroy>>;
using ProgramHandle = std::unique_ptr<braid_program, Destroy<braid_program_destroy>>;
using SessionHandle = std::unique_ptr<braid_session, Destroy<braid_session_destroy>>;
using SamplerHandle = std::unique_ptr<braid_sampler, Destroy<braid_sampler_destroy>>;

/// A status of the C interface as one of ours.
inline Status take(braid_status *handle) {
  StatusHandle owner(handle);
  return Status(static_cast<StatusCode>(braid_status_code(handle)), braid_status_message(handle));
}

inline braid_program_options seedOptions(uint64_t seed) {
  braid_program_options options = {};
  options.size = sizeof options;
  options.seed = seed;
  options.threads = 1;
  return options;
}

/// The tiny program with weights of seed 3; null, and a failed test, if it does not load.
inline ProgramHandle loadTiny() {
  braid_program_options options = seedOptions(3);
  braid_program *program = nullptr;
  EXPECT_TRUE(isOk(take(braid_program_load(BRAID_TINY_ARTIFACT, &options, &program))));
  return ProgramHandle(program);
}

inline braid_session_options tinyLimits() {
  return {sizeof(braid_session_options), /*max_rows=*/4, /*max_tokens=*/64, /*max_context=*/600,
          /*slots=*/4, /*threads=*/2, BRAID_SESSION_POISON, /*checkpoints=*/0, /*checkpoint_every=*/0};
}

inline SessionHandle openTiny(const ProgramHandle &program, braid_session_options limits = tinyLimits()) {
  braid_session *session = nullptr;
  EXPECT_TRUE(isOk(take(braid_session_create(program.get(), &limits, &session))));
  return SessionHandle(session);
}

constexpr int tinyVocab = 16, tinyChannels = 4;
enum TinyEntry : int32_t { Prefill, Decode, Score };

/// One row of a call.
struct Row {
  int32_t slot;
  std::vector<int32_t> tokens;
};

inline Status run(const SessionHandle &session, int32_t entry, const std::vector<Row> &rows,
                  std::vector<float> &logits) {
  std::vector<int64_t> rowStart{0};
  std::vector<int32_t> slots, tokens;
  slots.reserve(1); // so that an empty batch still has pointers
  tokens.reserve(1);
  for (const Row &row : rows) {
    slots.push_back(row.slot);
    tokens.insert(tokens.end(), row.tokens.begin(), row.tokens.end());
    rowStart.push_back(static_cast<int64_t>(tokens.size()));
  }
  logits.assign((entry == Score ? tokens.size() : rows.size()) * tinyVocab, -1);
  braid_batch batch = {sizeof batch, entry, 0, static_cast<int64_t>(rows.size()), rowStart.data(), slots.data(),
                       tokens.data()};
  return take(braid_session_run(session.get(), &batch, logits.data(), logits.size()));
}

/// The logits of every token of a sequence, [tokens, vocab], in the order of
/// operations that the artifact has, so that they agree to the bit.
inline std::vector<float> expectedLogits(const ProgramHandle &program, const std::vector<int32_t> &tokens) {
  const float *weights[2];
  for (int32_t i = 0; i < 2; ++i) {
    braid_weight_info info = {};
    info.size = sizeof info;
    EXPECT_TRUE(isOk(take(braid_program_weight(program.get(), i, &info))));
    weights[i] = static_cast<const float *>(info.data);
  }
  auto embedding = [&](int32_t token, int c) { return weights[0][token * tinyChannels + c]; };
  std::vector<float> logits;
  float recurrent[tinyChannels] = {}, total[tinyChannels] = {};
  for (size_t t = 0; t < tokens.size(); ++t) {
    float hidden[tinyChannels];
    for (int c = 0; c < tinyChannels; ++c) {
      recurrent[c] = 0.5f * recurrent[c] + embedding(tokens[t], c);
      total[c] += embedding(tokens[t], c);
      float tail = 0;
      for (size_t back = 3; back-- > 0;)
        tail += t >= back ? embedding(tokens[t - back], c) : 0;
      hidden[c] = recurrent[c] + tail + total[c] / static_cast<float>(t + 1) + weights[1][c];
    }
    for (int32_t v = 0; v < tinyVocab; ++v) {
      float dot = 0;
      for (int c = 0; c < tinyChannels; ++c)
        dot += hidden[c] * embedding(v, c);
      logits.push_back(dot);
    }
  }
  return logits;
}

inline std::vector<float> lastRow(const std::vector<float> &logits) { return {logits.end() - tinyVocab, logits.end()}; }

/// `count` token ids that look random.
inline std::vector<int32_t> someTokens(size_t count, uint32_t seed = 1) {
  std::vector<int32_t> tokens(count);
  for (int32_t &token : tokens) {
    seed = seed * 1664525u + 1013904223u;
    token = static_cast<int32_t>(seed >> 28);
  }
  return tokens;
}

inline std::vector<int32_t> part(const std::vector<int32_t> &tokens, size_t begin, size_t end) {
  return {tokens.begin() + static_cast<ptrdiff_t>(begin), tokens.begin() + static_cast<ptrdiff_t>(end)};
}

} // namespace braid::test

#endif // BRAID_TEST_UNIT_RUNTIME_TINY_H
