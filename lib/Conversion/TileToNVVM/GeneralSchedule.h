//===- GeneralSchedule.h - How Hopper runs any text -----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The text stays as it is. One block of threads runs each point of the grid: its
// threads share every operation's elements out, tiles lie in shared memory where
// TilePlacement says, and products are multiply-adds in registers. So no size and
// no type is special; a family's own schedule is for speed.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_GENERALSCHEDULE_H
#define BRAID_LIB_CONVERSION_TILETONVVM_GENERALSCHEDULE_H

#include "braid/Dialect/Tile/IR/Tile.h"

namespace braid::hopper {

class GeneralSchedule {
public:
  explicit GeneralSchedule(tile::KernelOp kernel) : kernel(kernel) {}

  /// Places the text's tiles and writes `tile.schedule`. An error at the kernel if they do not fit.
  mlir::LogicalResult run();

private:
  mlir::LogicalResult checkFunctions();
  void sinkLoads();
  int64_t chooseWarps();

  tile::KernelOp kernel;
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_GENERALSCHEDULE_H
