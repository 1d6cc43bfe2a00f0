//===- WeightInitTest.cpp - Tests of weights drawn from a seed ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"
#include "braid/Formats/Sha256.h"
#include "braid/Formats/WeightInit.h"

#include <cmath>

using namespace braid;
using namespace braid::test;

static Result<WeightInit> parse(const std::string &text) {
  auto document = JsonDocument::parse(text, "m");
  if (!document.ok())
    return document.status();
  return WeightInit::fromJson(document->root());
}

static std::vector<double> draw(const std::string &init, uint64_t seed, const char *name, size_t count) {
  std::vector<double> values(count);
  auto parsed = parse(init);
  EXPECT_TRUE(isOk(parsed));
  if (parsed.ok())
    drawWeights(*parsed, seed, name, DType::F64, 0, count, values.data());
  return values;
}

static double mean(const std::vector<double> &values) {
  double sum = 0;
  for (double value : values)
    sum += value;
  return sum / static_cast<double>(values.size());
}

static double deviation(const std::vector<double> &values) {
  double center = mean(values), sum = 0;
  for (double value : values)
    sum += (value - center) * (value - center);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

TEST(WeightInit, Moments) {
  auto normal = draw(R"({"kind": "normal", "std": 0.5})", 7, "w", 400000);
  EXPECT_NEAR(mean(normal), 0, 0.004);
  EXPECT_NEAR(deviation(normal), 0.5, 0.004);
  size_t outside = 0;
  for (double value : normal)
    outside += std::fabs(value) > 1; // beyond two standard deviations
  EXPECT_NEAR(static_cast<double>(outside) / 400000, 0.0455, 0.003);
  auto uniform = draw(R"({"kind": "uniform", "low": -2, "high": 4})", 7, "w", 400000);
  EXPECT_NEAR(mean(uniform), 1, 0.02);
  EXPECT_NEAR(deviation(uniform), 6 / std::sqrt(12.0), 0.02);
  for (double value : uniform)
    ASSERT_TRUE(value >= -2 && value < 4);
  EXPECT_EQ(draw(R"({"kind": "constant", "value": 1.25})", 7, "w", 3), std::vector<double>(3, 1.25));
}

TEST(WeightInit, LogUniformIsTheLogarithmOfAUniformDraw) {
  auto uniform = draw(R"({"kind": "uniform", "low": 1, "high": 16})", 7, "A", 10000);
  auto logs = draw(R"({"kind": "log_uniform", "low": 1, "high": 16})", 7, "A", 10000);
  for (size_t i = 0; i < logs.size(); ++i)
    ASSERT_NEAR(logs[i], std::log(uniform[i]), 4e-16 * (1 + std::fabs(logs[i])));
}

TEST(WeightInit, DtBiasIsAnInverseSoftplus) {
  auto biases = draw(R"({"kind": "dt_bias", "low": 0.001, "high": 0.1, "floor": 0.002})", 7, "dt", 20000);
  auto uniform = draw(R"({"kind": "uniform", "low": 0, "high": 1})", 7, "dt", 20000);
  size_t floored = 0;
  for (size_t i = 0; i < biases.size(); ++i) {
    double dt = std::max(std::exp(std::log(0.001) + std::log(100.0) * uniform[i]), 0.002);
    floored += dt == 0.002;
    ASSERT_NEAR(std::log1p(std::exp(biases[i])), dt, 1e-14);
  }
  EXPECT_NEAR(static_cast<double>(floored) / 20000, std::log(2.0) / std::log(100.0), 0.01);
}

TEST(WeightInit, DependsOnSeedNameAndIndexAlone) {
  auto parsed = parse(R"({"kind": "normal", "std": 0.02})");
  ASSERT_TRUE(isOk(parsed));
  std::vector<uint16_t> whole(1000), pieces(1000), other(1000);
  drawWeights(*parsed, 5, "w", DType::BF16, 0, 1000, whole.data());
  for (uint64_t first = 0; first < 1000; first += 37)
    drawWeights(*parsed, 5, "w", DType::BF16, first, std::min<uint64_t>(37, 1000 - first), pieces.data() + first);
  EXPECT_EQ(whole, pieces);
  drawWeights(*parsed, 6, "w", DType::BF16, 0, 1000, other.data());
  EXPECT_NE(whole, other);
  drawWeights(*parsed, 5, "v", DType::BF16, 0, 1000, other.data());
  EXPECT_NE(whole, other);
}

// Any machine and any compiler must find these bits: files made from a seed are compared across them.
TEST(WeightInit, BitsArePinned) {
  std::string bytes;
  for (const char *text : {R"({"kind": "normal", "std": 0.02})", R"({"kind": "uniform", "low": -0.1, "high": 0.3})",
                           R"({"kind": "log_uniform", "low": 1, "high": 16})",
                           R"({"kind": "dt_bias", "low": 0.001, "high": 0.1, "floor": 0.0001})"})
    for (DType dtype : {DType::F64, DType::F32, DType::BF16, DType::F16}) {
      auto parsed = parse(text);
      ASSERT_TRUE(isOk(parsed));
      std::string part(sizeOf(dtype) * 4096, '\0');
      drawWeights(*parsed, 42, "backbone.layers.0.mixer.in_proj.weight", dtype, 0, 4096, part.data());
      bytes += part;
    }
  EXPECT_EQ(toHex(sha256(bytes.data(), bytes.size())), "82a7bca525e7ee3870ce9073f29af469bb1ab1016c1c5ce859b0232a75c97fdd");
}

TEST(WeightInit, MalformedInitsAreErrors) {
  EXPECT_TRUE(fails(parse(R"({"kind": "xavier"})"), StatusCode::BadInput, {"'kind'", "'normal'", "'xavier'"}));
  EXPECT_TRUE(fails(parse(R"({"kind": "normal"})"), StatusCode::BadInput, {"'std'"}));
  EXPECT_TRUE(fails(parse(R"({"kind": "normal", "std": -1})"), StatusCode::BadInput, {"at least 0"}));
  EXPECT_TRUE(fails(parse(R"({"kind": "uniform", "low": 2, "high": 1})"), StatusCode::BadInput, {"low 2", "high 1"}));
  EXPECT_TRUE(fails(parse(R"({"kind": "log_uniform", "low": 0, "high": 1})"), StatusCode::BadInput, {"low 0"}));
  EXPECT_TRUE(fails(parse(R"({"kind": "dt_bias", "low": 1, "high": 2})"), StatusCode::BadInput, {"'floor'"}));
  EXPECT_TRUE(fails(parse(R"({"kind": "constant", "value": "x"})"), StatusCode::BadInput, {"a number"}));
}
