//===- Values.cpp - Drawing, choosing and comparing elements --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Values.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

namespace braid::check {

std::vector<uint8_t> drawAll(const CaseTensor &tensor, const Case &item, const std::string &name, DType dtype,
                             uint64_t elements) {
  std::vector<uint8_t> bytes(elements * sizeOf(dtype));
  std::atomic<uint64_t> next{0};
  auto work = [&] {
    for (uint64_t first; (first = next.fetch_add(drawGrain)) < elements;)
      drawWeights(tensor.init, item.seed, name, dtype, first, std::min(drawGrain, elements - first),
                  bytes.data() + first * sizeOf(dtype));
  };
  std::vector<std::thread> threads(elements > drawGrain ? std::max(1u, std::thread::hardware_concurrency()) - 1 : 0);
  for (std::thread &thread : threads)
    thread = std::thread(work);
  work();
  for (std::thread &thread : threads)
    thread.join();
  return bytes;
}

Result<Sample> Sample::of(const CaseTensor &tensor, const Case &item, const std::vector<int64_t> &shape) {
  if (tensor.axes.size() != shape.size())
    return Status::badInput(
        cat("case ", inQuotes(item.name), ": expected ", shape.size(), " axes, found ", tensor.axes.size()));
  Sample sample;
  sample.places.push_back(0);
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    auto found = item.samples.find(tensor.axes[axis]);
    bool whole = tensor.axes[axis].empty() || found == item.samples.end();
    if (!whole && found->second.back() >= shape[axis])
      return Status::badInput(cat("case ", inQuotes(item.name), ": axis ", inQuotes(tensor.axes[axis]),
                                  ": expected indices below ", shape[axis], ", found ", found->second.back()));
    int64_t count = whole ? shape[axis] : static_cast<int64_t>(found->second.size());
    sample.shape.push_back(count);
    std::vector<uint64_t> deeper;
    deeper.reserve(sample.places.size() * static_cast<size_t>(count));
    for (uint64_t place : sample.places)
      for (int64_t i = 0; i < count; ++i)
        deeper.push_back(place * static_cast<uint64_t>(shape[axis]) +
                         static_cast<uint64_t>(whole ? i : found->second[static_cast<size_t>(i)]));
    sample.places = std::move(deeper);
  }
  return sample;
}

Errors compare(const std::vector<double> &found, const std::vector<double> &expected, DType dtype) {
  double off = 0, rounding = 0, norm = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    double rounded = 0;
    storeElement(dtype, &rounded, 0, expected[i]);
    rounded = loadElement(dtype, &rounded, 0);
    off += (found[i] - expected[i]) * (found[i] - expected[i]);
    rounding += (rounded - expected[i]) * (rounded - expected[i]);
    norm += expected[i] * expected[i];
  }
  return {std::sqrt(off / norm), std::sqrt(rounding / norm)};
}

double allowed(const Case &item, DType dtype, const Errors &errors) {
  if (item.tolerance > 0)
    return item.tolerance;
  return dtype == DType::F64 ? 1e-10 : dtype == DType::F32 ? 2e-5 : 2 * errors.rounding;
}

/// Whether the exponent's bits are all set.
template <typename Word> static int64_t findFull(const std::vector<uint8_t> &bytes, Word exponent) {
  for (size_t i = 0; i < bytes.size() / sizeof(Word); ++i) {
    Word word;
    std::memcpy(&word, bytes.data() + i * sizeof(Word), sizeof(Word));
    if ((word & exponent) == exponent)
      return static_cast<int64_t>(i);
  }
  return -1;
}

int64_t findNotFinite(DType dtype, const std::vector<uint8_t> &bytes) {
  switch (dtype) {
  case DType::F64:
    return findFull<uint64_t>(bytes, uint64_t{0x7ff} << 52);
  case DType::F32:
    return findFull<uint32_t>(bytes, 0x7f800000u);
  case DType::F16:
    return findFull<uint16_t>(bytes, 0x7c00u);
  case DType::BF16:
    return findFull<uint16_t>(bytes, 0x7f80u);
  case DType::I32:
  case DType::I64:
    break;
  }
  return -1;
}

} // namespace braid::check
