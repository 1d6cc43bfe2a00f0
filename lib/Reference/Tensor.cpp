//===- Tensor.cpp - Values of the reference evaluator ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Reference/Tensor.h"
#include "braid/Formats/WeightInit.h"
#include "llvm/ADT/bit.h"
#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

using namespace mlir;
using namespace braid;

static int64_t product(ArrayRef<int64_t> extents) {
  int64_t result = 1;
  for (int64_t extent : extents)
    result *= extent;
  return result;
}

Tensor::Tensor(ArrayRef<int64_t> shape) : shape(shape), data(product(shape)) {}
Tensor::Tensor(ArrayRef<int64_t> shape, std::vector<double> values) : shape(shape), data(std::move(values)) {
  assert(product(shape) == size() && "expects one element for each index");
}

int64_t Tensor::extent(size_t first, size_t last) const {
  return product(ArrayRef(shape).slice(first, last - first));
}

Tensor Tensor::entries(int64_t from, int64_t to) const {
  Tensor result;
  result.shape = shape;
  result.shape[0] = to - from;
  int64_t entry = entrySize();
  result.data.assign(data.begin() + from * entry, data.begin() + to * entry);
  return result;
}

bool braid::fits(const Tensor &tensor, RankedTensorType type) {
  return type.getRank() == int64_t(tensor.shape.size()) &&
         llvm::all_of_zip(type.getShape(), tensor.shape,
                          [](int64_t declared, int64_t found) { return declared < 0 || declared == found; });
}

namespace {
struct Format {
  int digits, minExponent; // binary digits of a number, the least exponent of a normal one
  double largest;
};
constexpr Format f32{24, -126, 0x1.FFFFFEp127}, bf16{8, -126, 0x1.FEp127}, f16{11, -14, 65504};
} // namespace

static const Format *formatOf(Type element) {
  return element.isF32() ? &f32 : element.isBF16() ? &bf16 : element.isF16() ? &f16 : nullptr;
}

/// The nearest number of the format.
static double roundToNearest(double value, const Format &format) {
  auto [digits, minExponent, largest] = format;
  if (!std::isfinite(value))
    return value;
  double rounded;
  if (std::abs(value) >= std::ldexp(1.0, minExponent)) {
    // Drops the low bits of the double: adds half a unit, less one bit where the kept part is even, and truncates.
    int dropped = 53 - digits;
    uint64_t bits = llvm::bit_cast<uint64_t>(value);
    bits += (uint64_t(1) << (dropped - 1)) - 1 + ((bits >> dropped) & 1);
    rounded = llvm::bit_cast<double>(bits >> dropped << dropped);
  } else {
    // Below the normal numbers the unit in the last place no longer shrinks.
    int unit = minExponent - (digits - 1);
    rounded = std::ldexp(std::nearbyint(std::ldexp(value, -unit)), unit);
  }
  return std::abs(rounded) > largest ? std::copysign(std::numeric_limits<double>::infinity(), value) : rounded;
}

/// The nearest of the format's numbers after each has moved by half a unit at most.
static double roundToMoved(double value, const Format &format, uint64_t seed) {
  double nearest = roundToNearest(value, format);
  if (nearest == value || !std::isfinite(nearest))
    return nearest;
  int exponent = std::max(std::ilogb(value), format.minExponent);
  uint64_t bits = mixBits(mixBits(seed) + 2 * uint64_t(exponent) + std::signbit(value));
  double move = double(bits >> 11) * 0x1p-53 - 0.5, unit = std::ldexp(1.0, exponent - (format.digits - 1));
  return (std::nearbyint(value / unit - move) + move) * unit;
}

double braid::roundTo(double value, Type element, uint64_t seed) {
  const Format *format = formatOf(element);
  if (!format)
    return value;
  if (seed)
    return roundToMoved(value, *format, seed);
  return element.isF32() ? float(value) : roundToNearest(value, *format);
}

void braid::roundTo(Tensor &tensor, Type element, uint64_t seed) {
  if (!formatOf(element))
    return;
  for (double &value : tensor.data)
    value = roundTo(value, element, seed);
}
