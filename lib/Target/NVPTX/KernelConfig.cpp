//===- KernelConfig.cpp - How Hopper cuts its kernels ---------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Target/NVPTX/KernelConfig.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

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
  } else if (shape.straddlesLines && !shape.fewRows) {
    // Each row of a step's box then lies in two lines of the cache, and the copies, not the products, set the pace. Two
    // blocks that load the larger operand together read a third less. On rows that do not straddle lines it changes
    // nothing, but an odd number of block rows leaves one of the two idle.
    config.cluster = 2;
  }
  return config;
}

// Two groups of 64 queries, whose sums, scores and weights of 128 keys fill the registers (64 + 64 + 32 a thread at 128
// columns); above 128 columns sums leave room for the scores of 64 keys alone. Of 1,024 blocks walked together, eight for each
// multiprocessor, keys and values stay in the second level of cache. What has no schedule of its own takes tiles that fit
// shared memory together.
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
  config.raster = 1024;
  return config;
}

// A chunk of 64 tokens makes products of a warpgroup's 64 rows, and the part that grows with its square stays small; a
// block is a warp's 16 rows, off which weights need no exponential each. Channels are a product's rows as well: of a
// head that has not as many an item is a slice. What does not fit a warpgroup's registers and the instructions' sizes is left
// to the schedule that takes any text.
SSDScanConfig KernelConfig::ssdScan(const SSDScanShape &shape) const {
  bool wide = shape.stateSize > 128, shortState = shape.state && shape.state.isBF16();
  bool fitsState = (!shape.state || shape.state.isF32() || (shortState && !wide)) && shape.stateSize <= 256 &&
                   shape.stateSize % (wide ? 64 : 16) == 0;
  bool fits = shape.element.isBF16() && fitsState && shape.headDim % 8 == 0 && shape.chunk % 64 == 0;
  if (!fits) {
    // Chunk x chunk weights and the state, which may be there twice, must fit a block's shared memory beside the rest: a
    // head of many channels is taken in slices, which is what stages ask for. Borders of chunks stay borders.
    bool isF64 = shape.element.isF64();
    int64_t channels = std::min(shape.headDim, tile::SSDScanConfigAttr::sliceChannels);
    bool isLarge = channels * shape.stateSize * (isF64 ? 8 : 4) > 80 * 1024;
    int64_t chunk = std::min<int64_t>(shape.chunk, isF64 || isLarge ? 64 : 128);
    while (shape.chunk % chunk)
      --chunk;
    SSDScanConfig config{chunk};
    config.stages = shape.headDim > tile::SSDScanConfigAttr::sliceChannels ? 2 : 1;
    return config;
  }
  SSDScanConfig config{/*chunk=*/64};
  config.block = 16;
  config.stages = 4;
  int64_t items = shape.heads * tile::SSDScanConfigAttr::slicesOf(shape.headDim);
  // A row's items alone should be blocks for about each of the 132 multiprocessors: else it is cut. Of more than 64 items
  // half as long each, some would be a second turn, as long as what was saved.
  config.segments = std::clamp<int64_t>(128 / items, 1, 16);
  // What a segment begins with takes the registers that two items would need, as a wide state does, or the second product of
  // one that is stored short. The other bounds are found, not counted: beside the widest states ptxas spills a register or
  // two where the place of a slice, or of a chunk's state, takes arithmetic, but of scans whose tiles are the same (heads of
  // 72 and 80 channels) it spills in one and not in the other. They keep clear of every spill in what
  // test/Integration/NVPTX/Inputs/scan_sizes.py --pairs draws, which repeats the sweep.
  bool slices = shape.headDim != tile::SSDScanConfigAttr::sliceChannels, divides = !llvm::isPowerOf2_64(uint64_t(shape.heads));
  bool findsPlaces = slices || (shape.chunkStates && divides);
  bool pairs = config.segments == 1 && shape.stateSize <= (findsPlaces ? 112 : 128) && !shortState &&
               !(slices && shape.chunkStates) && items / shape.groups % 2 == 0;
  config.heads = pairs ? 2 : 1;
  return config;
}

} // namespace braid::nvptx
