//===- WeightInit.cpp - Weights drawn from a seed -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Formats/WeightInit.h"

#include <cmath>

namespace braid {

Result<WeightInit> WeightInit::fromJson(JsonValue object) {
  BRAID_TRY_ASSIGN(JsonValue kindValue, object.get("kind"));
  BRAID_TRY_ASSIGN(std::string_view kind, kindValue.asString());
  WeightInit init;
  auto number = [&](std::string_view key, double &target) -> Status {
    BRAID_TRY_ASSIGN(JsonValue member, object.get(key));
    BRAID_TRY_ASSIGN(target, member.asDouble());
    return std::isfinite(target) ? Status() : member.expected("a finite number");
  };
  if (kind == "normal") {
    init.kind = Kind::Normal;
    BRAID_TRY(number("std", init.std));
    if (init.std < 0)
      return object.error("expected a standard deviation of at least 0");
    return init;
  }
  if (kind == "constant") {
    init.kind = Kind::Constant;
    BRAID_TRY(number("value", init.value));
    return init;
  }
  init.kind = kind == "uniform" ? Kind::Uniform : kind == "log_uniform" ? Kind::LogUniform : Kind::DtBias;
  if (init.kind == Kind::DtBias && kind != "dt_bias")
    return kindValue.expected("'normal', 'uniform', 'constant', 'log_uniform' or 'dt_bias'");
  BRAID_TRY(number("low", init.low));
  BRAID_TRY(number("high", init.high));
  if (init.kind == Kind::DtBias)
    BRAID_TRY(number("floor", init.floor));
  double least = init.kind == Kind::Uniform ? -1e300 : 1e-300, most = init.kind == Kind::DtBias ? 1e100 : 1e300;
  if (init.low < least || init.high > most || init.low > init.high || init.floor < 0 || init.floor > most)
    return object.error(cat("expected ", least, " <= low <= high <= ", most, " and floor >= 0, found low ", init.low,
                            ", high ", init.high, ", floor ", init.floor));
  return init;
}

namespace {
// Own exp and log from the four basic operations: libm's differ in the last bit
// between machines. A few units in the last place of a double are enough here.

constexpr double ln2High = 0x1.62e42fee00000p-1, ln2Low = 0x1.a39ef35793c76p-33;

/// For positive, normal x.
double logExact(double x) {
  uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  int exponent = static_cast<int>(bits >> 52) - 1023;
  bits = (bits & 0x000fffffffffffffu) | 0x3ff0000000000000u;
  double m;
  std::memcpy(&m, &bits, sizeof m); // in [1, 2)
  if (m > 1.4142135623730951) {
    m *= 0.5;
    ++exponent;
  }
  // log m = 2 atanh s, |s| < 0.172
  double s = (m - 1) / (m + 1), square = s * s, sum = 0;
  for (int k = 25; k >= 1; k -= 2)
    sum = sum * square + 1.0 / k;
  return exponent * ln2High + (exponent * ln2Low + 2 * s * sum);
}

/// exp(r) - 1 for |r| <= 0.35.
double expm1Small(double r) {
  double sum = 0;
  for (int k = 18; k >= 1; --k)
    sum = (sum + 1) * r / k;
  return sum;
}

/// exp(x) = power * (1 + small), for |x| < 700.
struct SplitExp {
  explicit SplitExp(double x) {
    int n = static_cast<int>(x / 0.6931471805599453 + (x < 0 ? -0.5 : 0.5));
    small = expm1Small((x - n * ln2High) - n * ln2Low);
    uint64_t bits = static_cast<uint64_t>(n + 1023) << 52;
    std::memcpy(&power, &bits, sizeof power);
  }
  double exp() const { return power + power * small; }
  double expm1() const { return (power - 1) + power * small; }
  double power, small;
};

/// The x with log(1 + exp(x)) == y, for y > 0. Beyond 40 it is y itself.
double inverseSoftplus(double y) { return y > 40 ? y : logExact(SplitExp(y).expm1()); }

class Draws {
public:
  Draws(uint64_t seed, std::string_view name) {
    key = mixBits(seed + 0x9e3779b97f4a7c15u);
    for (char c : name)
      key = mixBits(key ^ static_cast<uint8_t>(c)) + 0x9e3779b97f4a7c15u;
  }
  /// Draw `j` < 4 of element `i`.
  uint64_t bits(uint64_t i, uint64_t j) const { return mixBits(key + (4 * i + j + 1) * 0x9e3779b97f4a7c15u); }
  /// In [0, 1), a multiple of 2^-53.
  double uniform(uint64_t i) const { return static_cast<double>(bits(i, 0) >> 11) * 0x1p-53; }
  /// The sum of twelve uniform draws of 16 bits has nearly a normal distribution, of standard deviation 2^16.
  double normal(uint64_t i) const {
    int64_t sum = 0;
    for (uint64_t j = 0; j < 3; ++j) {
      uint64_t four = bits(i, j);
      sum += static_cast<int64_t>((four & 0xffff) + (four >> 16 & 0xffff) + (four >> 32 & 0xffff) + (four >> 48));
    }
    return static_cast<double>(sum - 6 * 65535) * 0x1p-16;
  }

private:
  uint64_t key;
};

template <typename F> void fill(DType dtype, uint64_t first, uint64_t count, void *target, F draw) {
  if (dtype == DType::BF16) {
    uint16_t *out = static_cast<uint16_t *>(target);
    for (uint64_t i = 0; i < count; ++i)
      out[i] = doubleToBf16(draw(first + i));
    return;
  }
  for (uint64_t i = 0; i < count; ++i)
    storeElement(dtype, target, i, draw(first + i));
}
} // namespace

void drawWeights(const WeightInit &init, uint64_t seed, std::string_view name, DType dtype, uint64_t first,
                 uint64_t count, void *target) {
  Draws draws(seed, name);
  switch (init.kind) {
  case WeightInit::Kind::Normal:
    return fill(dtype, first, count, target, [&](uint64_t i) { return draws.normal(i) * init.std; });
  case WeightInit::Kind::Uniform:
    return fill(dtype, first, count, target,
                [&](uint64_t i) { return init.low + (init.high - init.low) * draws.uniform(i); });
  case WeightInit::Kind::Constant:
    return fill(dtype, first, count, target, [&](uint64_t) { return init.value; });
  case WeightInit::Kind::LogUniform:
    return fill(dtype, first, count, target,
                [&](uint64_t i) { return logExact(init.low + (init.high - init.low) * draws.uniform(i)); });
  case WeightInit::Kind::DtBias: {
    double logLow = logExact(init.low), logHigh = logExact(init.high);
    return fill(dtype, first, count, target, [&](uint64_t i) {
      double dt = SplitExp(logLow + (logHigh - logLow) * draws.uniform(i)).exp();
      return inverseSoftplus(dt < init.floor ? init.floor : dt);
    });
  }
  }
}

} // namespace braid
