//===- ThreadPool.h - Threads for kernels of a few microseconds - -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A decode step is hundreds of kernels, each of microseconds. So a job is handed
// out by one store to one word, workers look for the next one for a short while
// before they sleep, and the calling thread works too.
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
  explicit ThreadPool(int threads) : threadCount(threads) {}
  void runPart(braid_kernel_fn kernel, const void *arguments, int64_t first, uint32_t blocks);
  void work(int worker);
  bool takeBlocks(void *scratch);
  void sleepUntilWork();
  bool hasWork() const { return static_cast<uint32_t>(ticket.load(std::memory_order_acquire)) != 0; }
  void *scratchOf(int worker) const { return scratch.data() + static_cast<uint64_t>(worker) * scratchStride; }

  const int threadCount;
  HostBuffer scratch;
  uint64_t scratchStride = 0;
  bool spin = true;
  std::vector<std::thread> workers;

  // The job; written only while no block of it can be taken.
  braid_kernel_fn kernel = nullptr;
  const void *arguments = nullptr;
  int64_t firstBlock = 0;
  uint32_t blockCount = 0;

  /// High half: the job's number. Low half: blocks nobody has taken yet. A block
  /// is taken by lowering the low half, which fails once a new job is out.
  alignas(64) std::atomic<uint64_t> ticket{0};
  alignas(64) std::atomic<int64_t> unfinished{0};
  alignas(64) std::atomic<int> sleepers{0};
  std::atomic<uint32_t> wakeWord{0};
  std::atomic<bool> stop{false};
};

} // namespace braid

#endif // BRAID_RUNTIME_THREADPOOL_H
