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

/// Pages of its own for each thread, so that no line is shared.
static CheckedBytes strideOf(uint64_t scratchBytes) { return CheckedBytes(scratchBytes).alignTo(4096); }

/// A huge page at least. Where small pages lie in physical memory is chance, and it decides how long a kernel's scratch
/// stays in the caches while rows of other arrays stream by: some processes would be slow for as long as they live.
CheckedBytes ThreadPool::scratchInAll(int threads, uint64_t scratchBytes) {
  if (scratchBytes == 0)
    return CheckedBytes();
  CheckedBytes all = strideOf(scratchBytes).times(static_cast<uint64_t>(threads));
  return all.value() < HostBuffer::hugePage ? CheckedBytes(HostBuffer::hugePage) : all;
}

Result<std::unique_ptr<ThreadPool>> ThreadPool::create(int threads, uint64_t scratchBytes) {
  return guardMemory([&]() -> Result<std::unique_ptr<ThreadPool>> {
    int cpus = availableCpus(), count = threads > 0 ? threads : cpus;
    std::unique_ptr<ThreadPool> pool(new ThreadPool(count));
    pool->scratchStride = strideOf(scratchBytes).value();
    BRAID_TRY_ASSIGN(pool->scratch, HostBuffer::allocate(scratchInAll(count, scratchBytes).value(),
                                                         "scratch memory of the threads"));
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

ThreadPool::Range ThreadPool::Range::of(uint64_t word) {
  return {static_cast<uint32_t>(word >> 32), static_cast<uint16_t>(word >> 16), static_cast<uint16_t>(word)};
}
uint64_t ThreadPool::Range::word() const { return uint64_t{job} << 32 | uint64_t{begin} << 16 | end; }

void ThreadPool::run(braid_kernel_fn newKernel, const void *newArguments, int64_t blocks) {
  if (threadCount == 1 || blocks <= 1) {
    for (int64_t i = 0; i < blocks; ++i)
      newKernel(newArguments, i, scratchOf(0));
    return;
  }
  kernel = newKernel;
  arguments = newArguments;
  blockCount = blocks;
  constexpr int64_t mostUnits = UINT16_MAX;
  unitBlocks = (blocks + mostUnits - 1) / mostUnits;
  int64_t units = (blocks + unitBlocks - 1) / unitBlocks;
  unfinished.store(units, std::memory_order_relaxed);
  ++jobNumber;
  int64_t share = units / threadCount, longer = units % threadCount; // the first threads get one more
  for (int64_t thread = threadCount - 1; thread >= 0; --thread) {
    int64_t begin = share * thread + std::min(thread, longer), end = begin + share + (thread < longer ? 1 : 0);
    Range range{jobNumber, static_cast<uint16_t>(begin), static_cast<uint16_t>(end)};
    // Sequentially consistent, as are a sleeper's steps: either it sees its range or we see that it sleeps.
    rangeOf(static_cast<int>(thread)).store(range.word());
  }
  if (int asleep = sleepers.load(); asleep > 0) {
    wakeWord.fetch_add(1);
    futexWake(wakeWord, static_cast<int>(std::min<int64_t>(asleep, units - 1)));
  }
  while (workOffJob(0)) {
  }
  for (int waited = 0; unfinished.load(std::memory_order_acquire) != 0; ++waited) {
    if (waited < 4096)
      pause();
    else
      ::sched_yield(); // the thread that we wait for may want this CPU
  }
}

void ThreadPool::runUnit(uint32_t unit, void *own) const {
  int64_t begin = unit * unitBlocks, end = std::min(blockCount, begin + unitBlocks);
  for (int64_t i = begin; i < end; ++i)
    kernel(arguments, i, own);
}

/// Runs what the thread has and finds something new; false if there is nothing.
bool ThreadPool::workOffJob(int worker) {
  void *own = scratchOf(worker);
  int64_t finished = 0;
  // Having a unit, we know that the job stays until we say that it is finished.
  for (uint32_t unit; takeUnit(worker, unit); ++finished)
    runUnit(unit, own);
  if (finished > 0)
    unfinished.fetch_sub(finished, std::memory_order_acq_rel);
  return takeFromOthers(worker);
}

/// The first unit of the thread's own range.
bool ThreadPool::takeUnit(int worker, uint32_t &unit) {
  std::atomic<uint64_t> &word = rangeOf(worker);
  uint64_t seen = word.load(std::memory_order_acquire);
  for (;;) {
    Range range = Range::of(seen);
    if (range.isEmpty())
      return false;
    unit = range.begin++;
    if (word.compare_exchange_weak(seen, range.word(), std::memory_order_acq_rel, std::memory_order_acquire))
      return true;
  }
}

/// Makes the later half of what another thread has left the range of this one; true if this one has a range now.
bool ThreadPool::takeFromOthers(int worker) {
  std::atomic<uint64_t> &own = rangeOf(worker);
  Range mine = Range::of(own.load(std::memory_order_acquire));
  if (!mine.isEmpty())
    return true; // of a job that has just come
  for (int i = 1; i < threadCount; ++i) {
    std::atomic<uint64_t> &word = rangeOf((worker + i) % threadCount);
    uint64_t seen = word.load(std::memory_order_acquire);
    for (;;) {
      Range range = Range::of(seen);
      // While units of its job are left, nobody else changes an empty range. Units of a newer job would be lost there.
      if (range.isEmpty() || range.job != mine.job)
        break;
      uint16_t middle = static_cast<uint16_t>(range.begin + (range.end - range.begin) / 2);
      Range rest{range.job, range.begin, middle}, taken{range.job, middle, range.end};
      if (word.compare_exchange_weak(seen, rest.word(), std::memory_order_acq_rel, std::memory_order_acquire)) {
        own.store(taken.word(), std::memory_order_release);
        return true;
      }
    }
  }
  return false;
}

void ThreadPool::work(int worker) {
  using Clock = std::chrono::steady_clock;
  while (!stop.load(std::memory_order_relaxed)) {
    if (workOffJob(worker))
      continue;
    if (spin) {
      Clock::time_point end = Clock::now() + spinTime;
      while (!hasWork(worker) && Clock::now() < end)
        for (int i = 0; i < 16 && !hasWork(worker); ++i)
          pause();
      if (hasWork(worker))
        continue;
    }
    sleepUntilWork(worker);
  }
}

void ThreadPool::sleepUntilWork(int worker) {
  uint32_t seen = wakeWord.load();
  sleepers.fetch_add(1);
  if (Range::of(rangeOf(worker).load()).isEmpty() && !stop.load())
    futexWait(wakeWord, seen);
  sleepers.fetch_sub(1);
}

} // namespace braid
