//===- Simulator.h - Runs a scheduled kernel tile by tile -----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A scheduled kernel on the memory of this machine: every group of a role is a
// program of its own, barriers have phases, copies and products end some time
// after they began. A run leaves in memory what the kernel would leave there, or
// ends in one error at the operation where the schedule is wrong. Why it finds
// what it finds is in docs/Rationale/Simulator.md.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_SIMULATOR_SIMULATOR_H
#define BRAID_SIMULATOR_SIMULATOR_H

#include "braid/Dialect/Tile/IR/Tile.h"
#include <array>
#include <cstdint>

namespace braid::simulator {

/// The value of a kernel's argument: memory and sizes of a view, or a number.
struct Argument {
  void *data = nullptr;
  llvm::SmallVector<int64_t, 4> shape; // every size, also those that the type knows
  double number = 0;                   // of a floating-point type
  int64_t integer = 0;                 // of an index or integer
};

struct Options {
  /// Who goes next, and how long copies and products take. The same seed gives the same run.
  uint64_t seed = 0;
  /// Blocks of a persistent kernel; 0: drawn from the seed, at most one for each point of the grid.
  int64_t workers = 0;
};

/// Runs a launch of a kernel that is in scheduled form. An error has been reported at the operation in which it showed.
mlir::LogicalResult simulate(tile::KernelOp kernel, llvm::ArrayRef<Argument> arguments, std::array<int64_t, 3> grid,
                             Options options = {});

} // namespace braid::simulator

#endif // BRAID_SIMULATOR_SIMULATOR_H
