//===- KernelConfig.cpp - How Hopper cuts its kernels ---------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Target/NVPTX/KernelConfig.h"

namespace braid::nvptx {

// 128 x 256 x 64 in four stages is what two groups of 64 rows hold in registers (128 sums a thread) and 227 KB of shared
// memory; it reads each operand byte often enough for the tensor cores to be the limit. Results of fewer columns take
// narrower tiles, which leave room for more stages.
ContractionConfig KernelConfig::contraction(const ContractionShape &shape) const {
  ContractionConfig config;
  if (!shape.element.isBF16() && !shape.element.isF16()) {
    // Multiply-adds of 256 threads, 8 x 8 sums each; two blocks fit a multiprocessor, so that one multiplies while the
    // other one loads.
    bool wide = shape.element.isF64();
    bool narrow = shape.columns != ContractionShape::dynamic && shape.columns <= 64;
    config.rows = wide ? 64 : 128;
    config.columns = wide || narrow ? 64 : 128;
    config.depth = wide ? 16 : 32;
    return config;
  }
  config.rows = 128;
  config.columns = 256;
  config.depth = 64;
  config.groups = 2;
  config.stages = 4;
  config.raster = 16;
  if (shape.columns != ContractionShape::dynamic && shape.columns <= 128) {
    config.columns = shape.columns <= 64 ? 64 : 128;
    config.stages = config.columns == 64 ? 8 : 6;
  }
  return config;
}

// Two groups of 64 queries, whose sums, scores and weights of 128 keys fill the registers (64 + 64 + 32 a thread at 128
// columns); above 128 columns sums leave room for the scores of 64 keys alone. Keys and values of 128 heads of rows of a few
// thousand tokens fit the second level of cache. What has no schedule of its own takes tiles that fit shared memory together.
AttentionConfig KernelConfig::attention(const AttentionShape &shape) const {
  AttentionConfig config;
  bool half = shape.element.isBF16() || shape.element.isF16();
  if (!half || shape.headDim % 16 || shape.headDim > 256) {
    config.queries = 32;
    config.keys = 32;
    return config;
  }
  config.queries = 128;
  config.keys = shape.headDim <= 128 ? 128 : 64;
  config.stages = 2;
  config.groups = 2;
  config.raster = 128;
  return config;
}

} // namespace braid::nvptx
