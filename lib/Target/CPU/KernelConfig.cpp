//===- KernelConfig.cpp - How a CPU cuts its kernels ---------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Target/CPU/KernelConfig.h"
#include "llvm/Support/MathExtras.h"

namespace braid::cpu {

static int64_t atMost(int64_t most, int64_t size) {
  return size == ContractionShape::dynamic ? most : std::min(most, size);
}

/// At most `most`, so that the steps along an axis are nearly of one size; a multiple of `unit`, or even.
static int64_t evenSteps(int64_t most, int64_t size, int64_t unit) {
  if (size == ContractionShape::dynamic)
    return most;
  int64_t steps = llvm::divideCeil(size, most);
  return steps == 1 ? llvm::alignTo(size, 2) : llvm::alignTo(llvm::divideCeil(size, steps), unit);
}

/// Two, three or four times `unit`, whichever pads the axis least; the widest of equals. A short axis is one block.
static int64_t leastPadded(int64_t unit, int64_t size) {
  if (size == ContractionShape::dynamic || size <= 4 * unit)
    return size == ContractionShape::dynamic ? 4 * unit : size;
  int64_t best = 4 * unit;
  for (int64_t width : {3 * unit, 2 * unit})
    if (llvm::alignTo(size, width) < llvm::alignTo(size, best))
      best = width;
  return best;
}

// A block's step holds three pieces: rows x depth of the left operand and rows x columns of sums should stay in the
// second level of cache, and a panel of the right operand, as wide as the register block, in the first.
ContractionConfig KernelConfig::contraction(const ContractionShape &shape) const {
  bool wide = target.vectorBits == 512;
  bool pairs = shape.element.isBF16() && target.hasAVX512BF16;
  int64_t columns = shape.element.isF64() ? 16 : 32;
  ContractionConfig config;
  config.depth = evenSteps(pairs ? 512 : 256, shape.depth, 32);
  if (shape.fewRows) {
    config.regime = tile::Regime::Streaming;
    config.rows = atMost(4, shape.rows);
    config.depth = evenSteps(2048, shape.depth, 32);
    config.columns = leastPadded(columns / 2, shape.columns);
    return config;
  }
  config.rows = atMost(wide ? 256 : 128, shape.rows);
  config.columns = leastPadded(columns, shape.columns);
  return config;
}

// A page of keys at a time: its scores, like the sums, stay in the second level of cache.
AttentionConfig KernelConfig::attention(const AttentionShape &) const {
  AttentionConfig config;
  config.queries = 64;
  config.keys = 128;
  return config;
}

SSDScanConfig KernelConfig::ssdScan(const SSDScanShape &shape) const {
  return SSDScanConfig{shape.chunk};
}

} // namespace braid::cpu
