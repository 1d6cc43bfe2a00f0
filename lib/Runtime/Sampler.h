//===- Sampler.h - From logits to a token --------------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_SAMPLER_H
#define BRAID_RUNTIME_SAMPLER_H

#include "braid/Formats/Status.h"

#include <cstdint>
#include <vector>

namespace braid {

/// Draws the tokens of one sequence. All memory is taken at creation.
class Sampler {
public:
  struct Options {
    double temperature = 0; // 0: the likeliest token, the lowest on ties
    int64_t topK = 0;       // 0: all
    double topP = 1, minP = 0;
    uint64_t seed = 0;
  };

  static Result<Sampler> create(const Options &options, int64_t vocabSize);

  /// The n-th draw depends on the options, n and the logits alone.
  Result<int32_t> next(const float *logits);

  /// How many logits a draw takes.
  int64_t logits() const { return vocabSize; }

private:
  struct Candidate {
    float logit;
    int32_t token;
  };
  void sortCandidates(size_t wanted);
  double weightOf(float logit, float largest) const;

  Options options;
  int64_t vocabSize = 0;
  uint64_t draws = 0;
  std::vector<Candidate> candidates;
};

} // namespace braid

#endif // BRAID_RUNTIME_SAMPLER_H
