//===- ThreadPool.h - Threads for kernels of a few microseconds - -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A decode step is hundreds of kernels, each of microseconds. So a job is handed
// out by one store for each thread, workers look for the next one for a short
// while before they sleep, and the calling thread works too.
//
// Each thread gets one run of blocks, the same for every job of a size: neighbouring
// blocks read neighbouring memory, which the hardware and the kernels fetch ahead,
// and what a thread wrote it finds in its own cache. A thread that is done takes
// half of what another has left.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_THREADPOOL_H
#define BRAID_RUNTIME_THREADPOOL_H

#include "Memory.h"
#include "braid/Runtime/artifact.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace braid {

/// CPUs that this process may run on.
int availableCpus();

class ThreadPool {
public:
  /// `threads` counts the calling thread; 0 stands for availableCpus().
  static Result<std::unique_ptr<ThreadPool>> create(int threads, uint64_t scratchBytes);
  /// The memory that it takes for scratch.
  static CheckedBytes scratchInAll(int threads, uint64_t scratchBytes);
  ~ThreadPool();

  /// Runs kernel(arguments, i, scratch) for every i in [0, blocks) and returns
  /// when all have ended. Only one thread at a time may call, and no kernel.
  void run(braid_kernel_fn kernel, const void *arguments, int64_t blocks);

  /// run() for a callable that takes a block's number.
  template <typename F> void forEach(int64_t blocks, const F &body) {
    run([](const void *f, int64_t block, void *) { (*static_cast<const F *>(f))(block); }, &body, blocks);
  }

  int size() const { return threadCount; }

private:
  /// What a thread has still to do of a job: units [begin, end).
  struct Range {
    uint32_t job = 0;
    uint16_t begin = 0, end = 0;

    bool isEmpty() const { return begin >= end; }
    static Range of(uint64_t word);
    uint64_t word() const;
  };
  /// A range that others may take from, on a line of its own.
  struct alignas(64) SharedRange {
    std::atomic<uint64_t> word{0};
  };

  explicit ThreadPool(int threads) : threadCount(threads), ranges(new SharedRange[static_cast<size_t>(threads)]) {}
  void work(int worker);
  bool workOffJob(int worker);
  bool takeUnit(int worker, uint32_t &unit);
  bool takeFromOthers(int worker);
  void runUnit(uint32_t unit, void *scratch) const;
  void sleepUntilWork(int worker);
  std::atomic<uint64_t> &rangeOf(int worker) { return ranges[static_cast<size_t>(worker)].word; }
  bool hasWork(int worker) { return !Range::of(rangeOf(worker).load(std::memory_order_acquire)).isEmpty(); }
  void *scratchOf(int worker) const { return scratch.data() + static_cast<uint64_t>(worker) * scratchStride; }

  const int threadCount;
  HostBuffer scratch;
  uint64_t scratchStride = 0;
  bool spin = true;
  std::vector<std::thread> workers;

  // The job; written only while no unit of it can be taken.
  braid_kernel_fn kernel = nullptr;
  const void *arguments = nullptr;
  int64_t blockCount = 0, unitBlocks = 1;
  uint32_t jobNumber = 0;

  std::unique_ptr<SharedRange[]> ranges; // by thread
  alignas(64) std::atomic<int64_t> unfinished{0}; // units
  alignas(64) std::atomic<int> sleepers{0};
  std::atomic<uint32_t> wakeWord{0};
  std::atomic<bool> stop{false};
};

} // namespace braid

#endif // BRAID_RUNTIME_THREADPOOL_H
