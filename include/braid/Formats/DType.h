//===- DType.h - Element types of tensors --------------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_FORMATS_DTYPE_H
#define BRAID_FORMATS_DTYPE_H

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace braid {

enum class DType : uint8_t { F64, F32, F16, BF16, I32, I64 };

constexpr size_t sizeOf(DType type) {
  return type == DType::F64 || type == DType::I64 ? 8 : type == DType::F32 || type == DType::I32 ? 4 : 2;
}

constexpr bool isFloat(DType type) { return type != DType::I32 && type != DType::I64; }

/// The manifest's spelling: "f64", "f32", "f16", "bf16", "i32", "i64".
std::string_view nameOf(DType type);
std::optional<DType> dtypeFromName(std::string_view name);

/// The spelling of safetensors: "F64", "F32", "F16", "BF16", "I32", "I64".
std::string_view safetensorsNameOf(DType type);
std::optional<DType> dtypeFromSafetensorsName(std::string_view name);

inline float bf16ToFloat(uint16_t bits) {
  uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &wide, sizeof value);
  return value;
}

/// Nearest, ties to even; a NaN stays a (quiet) NaN.
inline uint16_t floatToBf16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if ((bits & 0x7fffffffu) > 0x7f800000u)
    return static_cast<uint16_t>((bits >> 16) | 0x40u);
  return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

float halfToFloat(uint16_t bits);

/// Nearest, ties to even, with subnormal results; overflow gives infinity.
uint16_t floatToHalf(float value);

/// One rounding only, not one to float and a second to 16 bits.
uint16_t doubleToBf16(double value);
uint16_t doubleToHalf(double value);

/// Reads and writes one element, of any alignment. An i32 or i64 is rounded to
/// the nearest integer and saturates; NaN becomes 0.
double loadElement(DType type, const void *source, size_t index);
void storeElement(DType type, void *target, size_t index, double value);

/// Copies `count` elements, rounding once to the nearest value of `to`. The
/// buffers may have any alignment and must not overlap.
void convertElements(DType from, const void *source, DType to, void *target, size_t count);

} // namespace braid

#endif // BRAID_FORMATS_DTYPE_H
