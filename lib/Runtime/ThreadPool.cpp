//===- ThreadPool.cpp - Threads for kernels of a few microseconds ---------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadPool.h"

#include <algorithm>
#include <chrono>
#include <climits>
#include <csignal>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

namespace braid {

/// How long a worker looks for the next job before it sleeps. Waking a sleeper
/// takes a system call and 20 to 50 microseconds until it runs.
constexpr std::chrono::microseconds spinTime{60};

static void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

static void futexWait(std::atomic<uint32_t> &word, uint32_t seen) {
  ::syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
}
static void futexWake(std::atomic<uint32_t> &word, int count) {
  ::syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

int availableCpus() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0)
    return std::max(1, CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

Result<std::unique_ptr<ThreadPool>> ThreadPool::create(int threads, uint64_t scratchBytes) {
  return guardMemory([&]() -> Result<std::unique_ptr<ThreadPool>> {
    int cpus = availableCpus(), count = threads > 0 ? threads : cpus;
    std::unique_ptr<ThreadPool> pool(new ThreadPool(count));
    // Pages of its own for each thread, so that no line is shared and each page lies near its user.
    CheckedBytes stride = CheckedBytes(scratchBytes).alignTo(4096);
    pool->scratchStride = stride.value();
    BRAID_TRY_ASSIGN(pool->scratch, HostBuffer::allocate(stride.times(count).value(), "scratch memory of the threads"));
    pool->spin = count <= cpus;
    pool->workers.reserve(count - 1);
    // Signals are for the application's threads.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    Status status;
    try {
      for (int worker = 1; worker < count; ++worker)
        pool->workers.emplace_back([p = pool.get(), worker] { p->work(worker); });
    } catch (const std::system_error &) {
      status = Status::outOfMemory(
          cat("out of memory: expected to start ", count, " threads, found room for ", pool->workers.size() + 1));
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    BRAID_TRY(status);
    return pool;
  });
}

ThreadPool::~ThreadPool() {
  stop.store(true);
  wakeWord.fetch_add(1);
  futexWake(wakeWord, INT_MAX);
  for (std::thread &worker : workers)
    worker.join();
}

void ThreadPool::run(braid_kernel_fn kernel, const void *arguments, int64_t blocks) {
  if (threadCount == 1 || blocks <= 1) {
    for (int64_t i = 0; i < blocks; ++i)
      kernel(arguments, i, scratchOf(0));
    return;
  }
  constexpr int64_t most = int64_t{1} << 30;
  for (int64_t first = 0; first < blocks; first += most)
    runPart(kernel, arguments, first, static_cast<uint32_t>(std::min(most, blocks - first)));
}

void ThreadPool::runPart(braid_kernel_fn newKernel, const void *newArguments, int64_t first, uint32_t blocks) {
  kernel = newKernel;
  arguments = newArguments;
  firstBlock = first;
  blockCount = blocks;
  unfinished.store(blocks, std::memory_order_relaxed);
  uint64_t number = (ticket.load(std::memory_order_relaxed) >> 32) + 1;
  // Sequentially consistent, as are a sleeper's steps: either it sees the blocks or we see that it sleeps.
  ticket.store(number << 32 | blocks);
  if (int asleep = sleepers.load(); asleep > 0) {
    wakeWord.fetch_add(1);
    futexWake(wakeWord, std::min<int64_t>(asleep, int64_t{blocks} - 1));
  }
  while (takeBlocks(scratchOf(0))) {
  }
  for (int waited = 0; unfinished.load(std::memory_order_acquire) != 0; ++waited) {
    if (waited < 4096)
      pause();
    else
      ::sched_yield(); // the thread that we wait for may want this CPU
  }
}

/// Takes a share of the blocks that are left and runs it; false if none was left.
bool ThreadPool::takeBlocks(void *own) {
  uint64_t seen = ticket.load(std::memory_order_acquire);
  uint32_t left, share;
  do {
    left = static_cast<uint32_t>(seen);
    if (left == 0)
      return false;
    share = std::max<uint32_t>(1, left / (2 * static_cast<uint32_t>(threadCount)));
  } while (!ticket.compare_exchange_weak(seen, seen - share, std::memory_order_acq_rel, std::memory_order_acquire));
  // Having blocks, we know that the job stays until we say that they are finished.
  int64_t begin = firstBlock + (blockCount - left);
  for (int64_t i = begin; i < begin + share; ++i)
    kernel(arguments, i, own);
  unfinished.fetch_sub(share, std::memory_order_acq_rel);
  return true;
}

void ThreadPool::work(int worker) {
  using Clock = std::chrono::steady_clock;
  void *own = scratchOf(worker);
  while (!stop.load(std::memory_order_relaxed)) {
    if (takeBlocks(own))
      continue;
    if (spin) {
      Clock::time_point end = Clock::now() + spinTime;
      while (!hasWork() && Clock::now() < end)
        for (int i = 0; i < 16 && !hasWork(); ++i)
          pause();
      if (hasWork())
        continue;
    }
    sleepUntilWork();
  }
}

void ThreadPool::sleepUntilWork() {
  uint32_t seen = wakeWord.load();
  sleepers.fetch_add(1);
  if (static_cast<uint32_t>(ticket.load()) == 0 && !stop.load())
    futexWait(wakeWord, seen);
  sleepers.fetch_sub(1);
}

} // namespace braid
