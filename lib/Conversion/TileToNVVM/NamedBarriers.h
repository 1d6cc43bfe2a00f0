//===- NamedBarriers.h - Numbers of the hardware's barriers ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_NAMEDBARRIERS_H
#define BRAID_LIB_CONVERSION_TILETONVVM_NAMEDBARRIERS_H

#include "braid/Dialect/Tile/IR/Tile.h"
#include "llvm/ADT/DenseMap.h"

namespace braid::hopper {

/// Which of its sixteen barriers a block of threads uses for what: number 0 is that of all threads, then come those at which
/// the groups of several warps sync, then those that the schedule names.
class NamedBarriers {
public:
  explicit NamedBarriers(tile::KernelOp kernel);

  /// Of the role's first group, or the first of a `tile.named_barrier`.
  int64_t firstOf(mlir::Operation *op) const { return firsts.lookup(op); }
  int64_t getCount() const { return count; }

  static constexpr int64_t limit = 16;

private:
  llvm::DenseMap<mlir::Operation *, int64_t> firsts;
  int64_t count = 1;
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_NAMEDBARRIERS_H
