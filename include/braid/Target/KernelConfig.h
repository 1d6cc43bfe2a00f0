//===- KernelConfig.h - How a target cuts its kernels --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TARGET_KERNELCONFIG_H
#define BRAID_TARGET_KERNELCONFIG_H

#include "braid/Dialect/Tile/IR/Tile.h"

namespace braid {

/// What a contraction's config depends on. A product is rows x columns, with `depth` products summed in each element.
struct ContractionShape {
  static constexpr int64_t dynamic = -1;

  int64_t rows = dynamic, columns = dynamic, depth = dynamic;
  /// The rows are those of a call, not its tokens: there are few, and each weight is used few times.
  bool fewRows = false;
  mlir::Type element; // of both operands
  /// Rows of an operand in memory begin at multiples of 16 bytes, and not all of them at multiples of 128.
  bool straddlesLines = false;
};

/// The sizes of a `#tile.contraction_config`.
struct ContractionConfig {
  int64_t rows, columns, depth;
  tile::Regime regime = tile::Regime::Blocked;
  int64_t stages = 1, groups = 1, raster = 1, cluster = 1;
};

/// What an attention's config depends on.
struct AttentionShape {
  int64_t headDim;
  mlir::Type element; // of queries, keys and values
};

/// The sizes of a `#tile.attention_config`.
struct AttentionConfig {
  int64_t queries, keys;
  int64_t stages = 1, groups = 1, raster = 1;
};

/// What an SSD scan's config depends on.
struct SSDScanShape {
  int64_t heads, headDim, groups, stateSize, chunk;
  mlir::Type element; // of x, B and C
  mlir::Type state;   // of the stored state; null where none is kept
  bool chunkStates;   // whether the states behind chunks are a result
};

/// The sizes of a `#tile.ssd_scan_config`.
struct SSDScanConfig {
  int64_t chunk, block = 0, segments = 1, stages = 1, heads = 1;
};

/// One for each target. What it says depends on shapes alone, so the same model always gives the same artifact.
class KernelConfig {
public:
  virtual ~KernelConfig() = default;
  virtual ContractionConfig contraction(const ContractionShape &shape) const = 0;
  virtual AttentionConfig attention(const AttentionShape &shape) const = 0;
  virtual SSDScanConfig ssdScan(const SSDScanShape &shape) const = 0;
};

} // namespace braid

#endif // BRAID_TARGET_KERNELCONFIG_H
