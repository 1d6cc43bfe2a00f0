//===- SharedPlan.h - Where rings and barriers lie ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_SHAREDPLAN_H
#define BRAID_LIB_CONVERSION_TILETONVVM_SHAREDPLAN_H

#include "braid/Dialect/Tile/IR/Tile.h"

namespace braid::hopper {

/// Offsets in a block's shared memory: the tiles that TilePlacement placed; or rings, each stage at a multiple of 1024 bytes (what a swizzle repeats in),
/// then barriers of 8 bytes.
class SharedPlan {
public:
  SharedPlan() = default;
  explicit SharedPlan(tile::KernelOp kernel);

  int64_t offsetOf(mlir::Value ringOrBarrier) const { return offsets.lookup(ringOrBarrier); }
  int64_t getBytes() const { return bytes; }
  /// From one stage of a ring to the next.
  static int64_t stagePitch(tile::RingType ring);
  /// What a block on Hopper may have.
  static constexpr int64_t limit = 227 * 1024;

private:
  llvm::DenseMap<mlir::Value, int64_t> offsets;
  int64_t bytes = 0;
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_SHAREDPLAN_H
