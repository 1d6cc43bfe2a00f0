//===- ThreadBlock.h - One block of threads, or a cluster of them ---------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_SIMULATOR_THREADBLOCK_H
#define BRAID_LIB_SIMULATOR_THREADBLOCK_H

#include "Barriers.h"
#include "Group.h"
#include "PlacedMemory.h"
#include <array>
#include <random>

namespace braid::simulator {

/// A launch and a block's place in it.
struct Place {
  std::array<int64_t, 3> grid;
  std::array<int64_t, 3> id; // of a block that is no persistent one
  int64_t worker, workers;   // of a cluster: its first block
};

/// A copy under way to shared memory.
struct IncomingCopy {
  tile::CopyInOp op;
  SharedTile to;
  const View *view;
  llvm::SmallVector<int64_t, 4> indices;
  unsigned barrier;
  int64_t phase; // of the barrier when it began
};

/// The blocks of a cluster run together: each has groups, rings and barriers of its own.
class ThreadBlock {
public:
  ThreadBlock(tile::KernelOp kernel, llvm::ArrayRef<Datum> arguments, const Place &place, uint64_t seed);

  /// Runs the groups against each other until all have ended.
  mlir::LogicalResult run();
  /// One step of that; false at the end.
  mlir::FailureOr<bool> advance();

  // For the groups.
  const Place place;
  SharedMemory shared;
  PlacedMemory placed;
  tile::KernelOp getKernel() const { return kernel; }
  llvm::ArrayRef<Datum> getArguments() const { return arguments; }
  /// The same ring of another block of the cluster.
  unsigned ringOf(unsigned ring, int64_t rank) const { return ring % ringCount + unsigned(rank) * ringCount; }
  Barrier &barrier(unsigned number) { return barriers[number]; }
  NamedBarrier &namedBarrier(unsigned number) { return namedBarriers[number]; }
  int64_t clusterSize() const { return cluster; }
  /// What a block of the cluster has of a ring or barrier.
  Resource resource(mlir::Operation *op, int64_t rank) const { return resources.lookup(op)[size_t(rank)]; }
  unsigned countSources() const { return Sources::ofBarrier(unsigned(groupCount), unsigned(barrierCount)); }
  void begin(IncomingCopy copy) { incoming.push_back(std::move(copy)); }
  mlir::LogicalResult settle(unsigned barrier, mlir::Operation *op);

private:
  void createBlock(int64_t rank);
  struct Step {
    enum Kind { Turn, Product, CopyOut, CopyIn };
    Kind kind;
    size_t number;
  };
  std::optional<Step> choose();
  mlir::LogicalResult take(Step step);
  mlir::LogicalResult endCopy(size_t number);
  mlir::LogicalResult deadlock();
  mlir::LogicalResult checkEnd();

  tile::KernelOp kernel;
  llvm::ArrayRef<Datum> arguments;
  int64_t cluster;
  unsigned ringCount;
  size_t groupCount = 0, barrierCount = 0; // named ones among them
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<Resource, 1>> resources; // one for each block
  std::vector<Barrier> barriers;
  std::vector<NamedBarrier> namedBarriers;
  std::vector<std::unique_ptr<Group>> groups;
  std::vector<IncomingCopy> incoming;
  std::mt19937_64 random;
  /// When copies and products end, drawn for each block.
  enum class Pace { Any, Early, Late };
  Pace pace;
};

/// Copies between a tile in shared memory and a view. What lies outside the view is zero, or is not written.
void copyToShared(const View &view, llvm::ArrayRef<int64_t> indices, const SharedTile &to, SharedMemory &shared);
void copyFromShared(const SharedTile &from, const View &view, llvm::ArrayRef<int64_t> indices, SharedMemory &shared);

} // namespace braid::simulator

#endif // BRAID_LIB_SIMULATOR_THREADBLOCK_H
