//===- DType.cpp - Element types of tensors -------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Formats/DType.h"

#include <cmath>
#include <limits>

namespace braid {

namespace {
struct Names {
  DType type;
  std::string_view ours, safetensors;
};
constexpr Names names[] = {{DType::F64, "f64", "F64"},
                           {DType::F32, "f32", "F32"},
                           {DType::F16, "f16", "F16"},
                           {DType::BF16, "bf16", "BF16"},
                           {DType::I32, "i32", "I32"},
                           {DType::I64, "i64", "I64"}};

template <typename To, typename From> To bitsAs(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

/// A float between which and `value` no 16-bit rounding boundary lies: the
/// truncated float, with its last bit set if anything was cut off.
float roundToOdd(double value) {
  float near = static_cast<float>(value);
  if (std::isnan(value) || static_cast<double>(near) == value)
    return near;
  uint32_t bits = bitsAs<uint32_t>(near);
  if (std::fabs(static_cast<double>(near)) > std::fabs(value))
    --bits; // towards zero; from infinity to the largest finite number
  return bitsAs<float>(bits | 1u);
}
} // namespace

std::string_view nameOf(DType type) { return names[static_cast<size_t>(type)].ours; }
std::string_view safetensorsNameOf(DType type) { return names[static_cast<size_t>(type)].safetensors; }

std::optional<DType> dtypeFromName(std::string_view name) {
  for (const Names &entry : names)
    if (entry.ours == name)
      return entry.type;
  return std::nullopt;
}

std::optional<DType> dtypeFromSafetensorsName(std::string_view name) {
  for (const Names &entry : names)
    if (entry.safetensors == name)
      return entry.type;
  return std::nullopt;
}

float halfToFloat(uint16_t bits) {
  uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  uint32_t exponent = (bits >> 10) & 0x1fu, fraction = bits & 0x3ffu;
  if (exponent == 0x1f)
    return bitsAs<float>(sign | 0x7f800000u | (fraction << 13));
  if (exponent != 0)
    return bitsAs<float>(sign | ((exponent + 112) << 23) | (fraction << 13));
  float magnitude = static_cast<float>(fraction) * 0x1p-24f;
  return sign ? -magnitude : magnitude;
}

uint16_t floatToHalf(float value) {
  uint32_t bits = bitsAs<uint32_t>(value);
  uint16_t sign = static_cast<uint16_t>((bits >> 16) & 0x8000u);
  uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u)
    return static_cast<uint16_t>(sign | 0x7e00u | ((magnitude >> 13) & 0x3ffu));
  if (magnitude >= 0x47800000u) // 2^16 and up, infinity too
    return sign | 0x7c00u;
  if (magnitude < 0x38800000u) { // below the smallest normal half: a multiple of 2^-24
    // Adding 0.5 aligns the last bit of the sum with 2^-24, so that the addition rounds for us.
    float aligned = bitsAs<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (bitsAs<uint32_t>(aligned) - 0x3f000000u));
  }
  uint32_t rounded = magnitude + 0xfffu + ((magnitude >> 13) & 1u) - (112u << 23);
  return static_cast<uint16_t>(sign | (rounded >> 13));
}

uint16_t doubleToBf16(double value) { return floatToBf16(roundToOdd(value)); }
uint16_t doubleToHalf(double value) { return floatToHalf(roundToOdd(value)); }

namespace {
template <typename T> T loadAs(const void *source, size_t index) {
  T value;
  std::memcpy(&value, static_cast<const char *>(source) + index * sizeof(T), sizeof(T));
  return value;
}
template <typename T> void storeAs(void *target, size_t index, T value) {
  std::memcpy(static_cast<char *>(target) + index * sizeof(T), &value, sizeof(T));
}
} // namespace

double loadElement(DType type, const void *source, size_t index) {
  switch (type) {
  case DType::F64:
    return loadAs<double>(source, index);
  case DType::F32:
    return loadAs<float>(source, index);
  case DType::F16:
    return halfToFloat(loadAs<uint16_t>(source, index));
  case DType::BF16:
    return bf16ToFloat(loadAs<uint16_t>(source, index));
  case DType::I32:
    return loadAs<int32_t>(source, index);
  case DType::I64:
    return static_cast<double>(loadAs<int64_t>(source, index));
  }
  return 0;
}

void storeElement(DType type, void *target, size_t index, double value) {
  switch (type) {
  case DType::F64:
    return storeAs(target, index, value);
  case DType::F32:
    return storeAs(target, index, static_cast<float>(value));
  case DType::F16:
    return storeAs(target, index, doubleToHalf(value));
  case DType::BF16:
    return storeAs(target, index, doubleToBf16(value));
  case DType::I32: {
    double clamped = value != value ? 0 : std::fmin(std::fmax(std::nearbyint(value), -2147483648.0), 2147483647.0);
    return storeAs(target, index, static_cast<int32_t>(clamped));
  }
  case DType::I64: {
    // 2^63 itself is a double but no int64_t.
    double near = value != value ? 0 : std::nearbyint(value);
    return storeAs(target, index, near >= 0x1p63    ? std::numeric_limits<int64_t>::max()
                                  : near <= -0x1p63 ? std::numeric_limits<int64_t>::min()
                                                    : static_cast<int64_t>(near));
  }
  }
}

void convertElements(DType from, const void *source, DType to, void *target, size_t count) {
  if (from == to) {
    if (count != 0)
      std::memcpy(target, source, count * sizeOf(from));
    return;
  }
  // The pairs that checkpoints really have, without a branch per element.
  if (from == DType::BF16 && to == DType::F32) {
    for (size_t i = 0; i < count; ++i)
      storeAs(target, i, bf16ToFloat(loadAs<uint16_t>(source, i)));
    return;
  }
  if (from == DType::F32 && to == DType::BF16) {
    for (size_t i = 0; i < count; ++i)
      storeAs(target, i, floatToBf16(loadAs<float>(source, i)));
    return;
  }
  for (size_t i = 0; i < count; ++i)
    storeElement(to, target, i, loadElement(from, source, i));
}

} // namespace braid
