//===- Sampler.cpp - From logits to a token -------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sampler.h"

#include "braid/Formats/WeightInit.h"

#include <algorithm>
#include <cmath>

namespace braid {

Result<Sampler> Sampler::create(const Options &options, int64_t vocabSize) {
  return guardMemory([&]() -> Result<Sampler> {
    auto refuse = [](const char *name, const char *range, auto found) {
      return Status::usage(cat(name, ": expected ", range, ", found ", found));
    };
    if (!(options.temperature >= 0) || std::isinf(options.temperature))
      return refuse("temperature", "a number of at least 0", options.temperature);
    if (options.topK < 0)
      return refuse("top_k", "at least 0", options.topK);
    if (!(options.topP > 0 && options.topP <= 1))
      return refuse("top_p", "a number above 0 and at most 1", options.topP);
    if (!(options.minP >= 0 && options.minP <= 1))
      return refuse("min_p", "a number from 0 to 1", options.minP);
    if (vocabSize < 1 || vocabSize > 0x7fffffff)
      return refuse("vocab_size", "1 to 2147483647", vocabSize);
    Sampler sampler;
    sampler.options = options;
    sampler.vocabSize = vocabSize;
    if (options.temperature > 0)
      sampler.candidates.resize(static_cast<size_t>(vocabSize));
    return sampler;
  });
}

/// The probability of a logit over that of the largest one.
double Sampler::weightOf(float logit, float largest) const {
  return std::exp((static_cast<double>(logit) - static_cast<double>(largest)) / options.temperature);
}

/// Sorts at least the `wanted` likeliest candidates to the front, the lower token first on ties.
void Sampler::sortCandidates(size_t wanted) {
  auto likelier = [](const Candidate &a, const Candidate &b) {
    return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
  };
  auto middle = candidates.begin() + static_cast<ptrdiff_t>(wanted);
  if (middle != candidates.end())
    std::nth_element(candidates.begin(), middle, candidates.end(), likelier);
  std::sort(candidates.begin(), middle, likelier);
}

Result<int32_t> Sampler::next(const float *logits) {
  int32_t best = 0;
  for (int32_t i = 0; i < vocabSize; ++i) {
    if (std::isnan(logits[i]))
      return Status::badInput(cat("logit ", i, ": expected a number, found NaN"));
    if (logits[i] > logits[best])
      best = i;
  }
  uint64_t random = mixBits(mixBits(options.seed + 0x632be59bd9b4e019u) + ++draws * 0x9e3779b97f4a7c15u);
  float largest = logits[best];
  if (options.temperature == 0 || std::isinf(largest))
    return best;

  double total = 0;
  for (int32_t i = 0; i < vocabSize; ++i)
    candidates[static_cast<size_t>(i)] = {logits[i], i};
  size_t kept = candidates.size();
  if (options.topK > 0 && options.topK < vocabSize) {
    kept = static_cast<size_t>(options.topK);
    sortCandidates(kept);
  }
  for (size_t i = 0; i < kept; ++i)
    total += weightOf(candidates[i].logit, largest);
  if (options.topP < 1) {
    // Few candidates reach p as a rule, so sort a few, and more while they do not reach it.
    double reached = 0;
    size_t count = 0;
    for (size_t sorted = std::min<size_t>(kept, 256);; sorted = std::min(kept, sorted * 16)) {
      if (kept == candidates.size())
        sortCandidates(sorted);
      for (reached = 0, count = 0; count < sorted && reached < options.topP * total; ++count)
        reached += weightOf(candidates[count].logit, largest);
      if (count < sorted || sorted == kept)
        break;
    }
    kept = count;
  }
  if (options.minP > 0) {
    auto unlikely = [&](const Candidate &c) { return weightOf(c.logit, largest) < options.minP; };
    kept = static_cast<size_t>(
        std::remove_if(candidates.begin(), candidates.begin() + static_cast<ptrdiff_t>(kept), unlikely) -
        candidates.begin());
  }
  total = 0;
  for (size_t i = 0; i < kept; ++i)
    total += weightOf(candidates[i].logit, largest);
  double remaining = static_cast<double>(random >> 11) * 0x1p-53 * total;
  for (size_t i = 0; i < kept; ++i)
    if ((remaining -= weightOf(candidates[i].logit, largest)) < 0)
      return candidates[i].token;
  return candidates[kept - 1].token; // rounding left a little
}

} // namespace braid
