//===- SamplerTest.cpp - Tests of the sampler -----------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Sampler.h"
#include "TestSupport.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace braid;
using namespace braid::test;

static std::vector<int32_t> draw(const Sampler::Options &options, const std::vector<float> &logits, int count) {
  std::vector<int32_t> tokens;
  auto sampler = Sampler::create(options, static_cast<int64_t>(logits.size()));
  EXPECT_TRUE(isOk(sampler));
  for (int i = 0; sampler.ok() && i < count; ++i) {
    auto token = sampler->next(logits.data());
    EXPECT_TRUE(isOk(token));
    tokens.push_back(token.ok() ? *token : -1);
  }
  return tokens;
}

static std::vector<double> frequencies(const Sampler::Options &options, const std::vector<float> &logits) {
  constexpr int count = 40000;
  std::vector<double> shares(logits.size(), 0);
  for (int32_t token : draw(options, logits, count))
    shares[static_cast<size_t>(token)] += 1.0 / count;
  return shares;
}

TEST(Sampler, GreedyTakesTheLowestOfTheLikeliest) {
  EXPECT_EQ(draw({}, {1, 3, 3, 2}, 2), (std::vector<int32_t>{1, 1}));
  EXPECT_EQ(draw({}, {-1, -3}, 1), std::vector<int32_t>{0});
  float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(draw({}, {-infinity, -infinity}, 1), std::vector<int32_t>{0});
  Sampler::Options warm;
  warm.temperature = 1;
  EXPECT_EQ(draw(warm, {0, infinity, 3, infinity}, 3), (std::vector<int32_t>{1, 1, 1}));
}

TEST(Sampler, TemperatureShapesTheDistribution) {
  std::vector<float> logits = {0, 1, 2, -std::numeric_limits<float>::infinity()};
  for (double temperature : {0.5, 1.0, 2.0}) {
    Sampler::Options options;
    options.temperature = temperature;
    std::vector<double> shares = frequencies(options, logits);
    double total = 1 + std::exp(1 / temperature) + std::exp(2 / temperature);
    for (int i = 0; i < 3; ++i)
      EXPECT_NEAR(shares[static_cast<size_t>(i)], std::exp(i / temperature) / total, 0.01);
    EXPECT_EQ(shares[3], 0);
  }
}

TEST(Sampler, FiltersKeepWhatTheySay) {
  // Probabilities 0.4, 0.3, 0.2, 0.1, in another order.
  std::vector<float> logits = {std::log(0.1f), std::log(0.4f), std::log(0.2f), std::log(0.3f)};
  Sampler::Options topK, topP, minP, both;
  topK.temperature = topP.temperature = minP.temperature = both.temperature = 1;
  topK.topK = 2;
  topP.topP = 0.6;
  minP.minP = 0.45;
  both.topK = 3;
  both.topP = 0.5; // of the three that are left, 0.4 / 0.9 does not reach it
  auto expectShares = [&](const Sampler::Options &options, std::vector<double> wanted) {
    std::vector<double> shares = frequencies(options, logits);
    for (size_t i = 0; i < 4; ++i)
      EXPECT_NEAR(shares[i], wanted[i], wanted[i] == 0 ? 0 : 0.01) << i;
  };
  expectShares(topK, {0, 4 / 7.0, 0, 3 / 7.0});
  expectShares(topP, {0, 4 / 7.0, 0, 3 / 7.0});
  expectShares(minP, {0, 4 / 9.0, 2 / 9.0, 3 / 9.0});
  expectShares(both, {0, 4 / 7.0, 0, 3 / 7.0});
}

TEST(Sampler, TopPReachesBeyondTheFirstSortedPart) {
  std::vector<float> flat(5000, 1.0f);
  Sampler::Options options;
  options.temperature = 1;
  options.topP = 0.5;
  std::vector<int32_t> tokens = draw(options, flat, 2000);
  EXPECT_LT(*std::max_element(tokens.begin(), tokens.end()), 2501);
  EXPECT_GT(*std::max_element(tokens.begin(), tokens.end()), 2400);
}

TEST(Sampler, TheSameSeedGivesTheSameTokens) {
  std::vector<float> logits = {0.1f, 0.2f, 0.3f, 0.4f, 0.5f};
  Sampler::Options a, b;
  a.temperature = b.temperature = 1;
  a.seed = 7;
  b.seed = 8;
  EXPECT_EQ(draw(a, logits, 100), draw(a, logits, 100));
  EXPECT_NE(draw(a, logits, 100), draw(b, logits, 100));
}

TEST(Sampler, BadOptionsAndLogitsAreErrors) {
  auto refuse = [](Sampler::Options options, int64_t vocabSize, const char *name) {
    return fails(Sampler::create(options, vocabSize), StatusCode::Usage, {name, "found"});
  };
  Sampler::Options options;
  options.temperature = -1;
  EXPECT_TRUE(refuse(options, 4, "temperature"));
  options.temperature = std::nan("");
  EXPECT_TRUE(refuse(options, 4, "temperature"));
  EXPECT_TRUE(refuse({1, -1, 1, 0, 0}, 4, "top_k"));
  EXPECT_TRUE(refuse({1, 0, 0, 0, 0}, 4, "top_p"));
  EXPECT_TRUE(refuse({1, 0, 1.5, 0, 0}, 4, "top_p"));
  EXPECT_TRUE(refuse({1, 0, 1, 2, 0}, 4, "min_p"));
  EXPECT_TRUE(refuse({}, 0, "vocab_size"));
  auto sampler = Sampler::create({}, 2);
  ASSERT_TRUE(isOk(sampler));
  const float logits[] = {0, std::nanf("")};
  EXPECT_TRUE(fails(sampler->next(logits), StatusCode::BadInput, {"logit 1", "NaN"}));
}
