//===- DTypeTest.cpp - Tests of element types -----------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Formats/DType.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace braid;

namespace {
/// The 16-bit value nearest to `value` by looking at all of them; ties go to the even one.
template <typename Decode> uint16_t nearest(double value, Decode decode, uint16_t largestFinite) {
  uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  double magnitude = std::fabs(value);
  uint16_t low = 0, high = largestFinite; // magnitudes rise with their bits
  while (low < high) {
    uint16_t middle = static_cast<uint16_t>((low + high + 1) / 2);
    if (static_cast<double>(decode(middle)) <= magnitude)
      low = middle;
    else
      high = static_cast<uint16_t>(middle - 1);
  }
  double below = decode(low);
  // One step beyond the largest finite number stands for infinity.
  double above = low == largestFinite ? below + (below - decode(static_cast<uint16_t>(low - 1)))
                                      : decode(static_cast<uint16_t>(low + 1));
  double middle = below + (above - below) / 2;
  bool up = magnitude > middle || (magnitude == middle && (low & 1));
  return static_cast<uint16_t>(sign | (low + (up ? 1 : 0)));
}

std::vector<double> interestingDoubles() {
  std::vector<double> values = {0.0, -0.0, 1.0, 65504.0, 65519.999, 65520.0, 65536.0, 1e38, 3.4e38, 3.3961775e38,
                                1e300, 1e-300, 6e-8, 2.98e-8, 2.9802322387695312e-8, 5.9604644775390625e-8, 1e-40};
  uint64_t state = 1;
  for (int i = 0; i < 200000; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    double mantissa = 1 + static_cast<double>(state >> 12) * 0x1p-52;
    int exponent = static_cast<int>((state >> 3) % 80) - 40;
    values.push_back(std::ldexp(mantissa, exponent));
  }
  // Around the boundary between two neighbours, where a second rounding would show.
  for (uint16_t bits = 0x3f00; bits < 0x4200; ++bits) {
    double a = bf16ToFloat(bits), b = bf16ToFloat(static_cast<uint16_t>(bits + 1)), middle = (a + b) / 2;
    for (double v : {middle, std::nextafter(middle, 0.0), std::nextafter(middle, 9.0), a})
      values.push_back(v);
  }
  for (uint16_t bits = 0; bits < 0x7bff; ++bits) {
    double a = halfToFloat(bits), b = halfToFloat(static_cast<uint16_t>(bits + 1)), middle = (a + b) / 2;
    for (double v : {middle, std::nextafter(middle, 0.0), std::nextafter(middle, 1e9), a})
      values.push_back(v);
  }
  return values;
}
} // namespace

TEST(DType, SizesAndNames) {
  EXPECT_EQ(sizeOf(DType::F64), 8u);
  EXPECT_EQ(sizeOf(DType::F32), 4u);
  EXPECT_EQ(sizeOf(DType::F16), 2u);
  EXPECT_EQ(sizeOf(DType::BF16), 2u);
  EXPECT_EQ(sizeOf(DType::I32), 4u);
  EXPECT_EQ(sizeOf(DType::I64), 8u);
  for (DType type : {DType::F64, DType::F32, DType::F16, DType::BF16, DType::I32, DType::I64}) {
    EXPECT_EQ(dtypeFromName(nameOf(type)), type);
    EXPECT_EQ(dtypeFromSafetensorsName(safetensorsNameOf(type)), type);
  }
  EXPECT_FALSE(dtypeFromName("BF16"));
  EXPECT_FALSE(dtypeFromSafetensorsName("U8"));
}

TEST(DType, EveryHalfAndBf16SurvivesTheWayThroughFloat) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    uint16_t b = static_cast<uint16_t>(bits);
    if (!std::isnan(halfToFloat(b)))
      EXPECT_EQ(floatToHalf(halfToFloat(b)), b);
    else
      EXPECT_TRUE(std::isnan(halfToFloat(floatToHalf(halfToFloat(b)))));
    if (!std::isnan(bf16ToFloat(b)))
      EXPECT_EQ(floatToBf16(bf16ToFloat(b)), b);
    else
      EXPECT_TRUE(std::isnan(bf16ToFloat(floatToBf16(bf16ToFloat(b)))));
  }
}

TEST(DType, RoundsToTheNearestEven) {
  auto decodeHalf = [](uint16_t bits) { return halfToFloat(bits); };
  auto decodeBf16 = [](uint16_t bits) { return bf16ToFloat(bits); };
  for (double magnitude : interestingDoubles())
    for (double value : {magnitude, -magnitude}) {
      EXPECT_EQ(doubleToHalf(value), nearest(value, decodeHalf, 0x7bff)) << value;
      EXPECT_EQ(doubleToBf16(value), nearest(value, decodeBf16, 0x7f7f)) << value;
      double single = static_cast<float>(value);
      EXPECT_EQ(floatToHalf(static_cast<float>(value)), std::isinf(single) ? (value < 0 ? 0xfc00 : 0x7c00)
                                                                          : nearest(single, decodeHalf, 0x7bff));
    }
}

TEST(DType, IntegersSaturate) {
  int32_t out[4];
  const double in[4] = {2.5, -1e300, 1e300, std::nan("")};
  convertElements(DType::F64, in, DType::I32, out, 4);
  EXPECT_EQ(out[0], 2);
  EXPECT_EQ(out[1], std::numeric_limits<int32_t>::min());
  EXPECT_EQ(out[2], std::numeric_limits<int32_t>::max());
  EXPECT_EQ(out[3], 0);
  int64_t wide[4];
  const double wideIn[4] = {-3.5, -1e300, 0x1p63, std::nan("")};
  convertElements(DType::F64, wideIn, DType::I64, wide, 4);
  EXPECT_EQ(wide[0], -4);
  EXPECT_EQ(wide[1], std::numeric_limits<int64_t>::min());
  EXPECT_EQ(wide[2], std::numeric_limits<int64_t>::max());
  EXPECT_EQ(wide[3], 0);
}

TEST(DType, ConvertsUnalignedRuns) {
  std::vector<char> in(1 + 4 * 100), out(1 + 2 * 100), back(1 + 4 * 100);
  for (size_t i = 0; i < 100; ++i)
    storeElement(DType::F32, in.data() + 1, i, 0.25 * static_cast<double>(i) - 7);
  convertElements(DType::F32, in.data() + 1, DType::BF16, out.data() + 1, 100);
  convertElements(DType::BF16, out.data() + 1, DType::F32, back.data() + 1, 100);
  for (size_t i = 0; i < 100; ++i)
    EXPECT_EQ(loadElement(DType::F32, back.data() + 1, i), 0.25 * static_cast<double>(i) - 7);
}
