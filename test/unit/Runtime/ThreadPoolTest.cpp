//===- ThreadPoolTest.cpp - Tests of the thread pool ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadPool.h"
#include "TestSupport.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <set>

using namespace braid;
using namespace braid::test;

static std::unique_ptr<ThreadPool> makePool(int threads, uint64_t scratch = 0) {
  auto pool = ThreadPool::create(threads, scratch);
  EXPECT_TRUE(isOk(pool));
  return pool.ok() ? std::move(*pool) : nullptr;
}

TEST(ThreadPool, RunsEveryBlockOnce) {
  for (int threads : {1, 2, 3, 8}) {
    std::unique_ptr<ThreadPool> pool = makePool(threads);
    ASSERT_TRUE(pool);
    for (int64_t blocks : {0, 1, 2, 7, 1000}) {
      std::vector<std::atomic<int>> counts(static_cast<size_t>(blocks));
      pool->forEach(blocks, [&](int64_t i) { ++counts[static_cast<size_t>(i)]; });
      for (const std::atomic<int> &count : counts)
        ASSERT_EQ(count, 1);
    }
  }
}

TEST(ThreadPool, AJobSeesWhatTheOneBeforeWrote) {
  for (int threads : {2, 4}) {
    std::unique_ptr<ThreadPool> pool = makePool(threads);
    ASSERT_TRUE(pool);
    std::vector<int64_t> values(97, 0), next(97, 0);
    for (int round = 0; round < 20000; ++round) {
      pool->forEach(97, [&](int64_t i) {
        next[static_cast<size_t>(i)] = values[static_cast<size_t>((i + 1) % 97)] + 1;
      });
      values.swap(next);
    }
    for (int64_t value : values)
      ASSERT_EQ(value, 20000);
  }
}

// The blocks of a thread that is held up are run by the others.
TEST(ThreadPool, BlocksOfABusyThreadAreTaken) {
  std::unique_ptr<ThreadPool> pool = makePool(3);
  ASSERT_TRUE(pool);
  std::atomic<int> finished{0};
  pool->forEach(60, [&](int64_t i) {
    // The first block of the first thread ends after all but its own are done.
    while (i == 0 && finished < 59)
      std::this_thread::yield();
    ++finished;
  });
  EXPECT_EQ(finished, 60);
}

// More blocks than a range can name are run in groups.
TEST(ThreadPool, ManyBlocks) {
  std::unique_ptr<ThreadPool> pool = makePool(3);
  ASSERT_TRUE(pool);
  std::vector<std::atomic<uint8_t>> counts(200001);
  pool->forEach(200001, [&](int64_t i) { ++counts[static_cast<size_t>(i)]; });
  EXPECT_TRUE(std::all_of(counts.begin(), counts.end(), [](const std::atomic<uint8_t> &count) { return count == 1; }));
}

TEST(ThreadPool, SleepersWakeUp) {
  std::unique_ptr<ThreadPool> pool = makePool(4);
  ASSERT_TRUE(pool);
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> sum{0};
    pool->forEach(16, [&](int64_t) { ++sum; });
    ASSERT_EQ(sum, 16);
    std::this_thread::sleep_for(std::chrono::microseconds(round % 4 * 100)); // past the spinning
  }
}

TEST(ThreadPool, ScratchBelongsToOneThread) {
  std::unique_ptr<ThreadPool> pool = makePool(4, 100);
  ASSERT_TRUE(pool);
  std::atomic<int> wrong{0};
  auto kernel = [](const void *argument, int64_t block, void *scratch) {
    auto *bytes = static_cast<unsigned char *>(scratch);
    bool aligned = reinterpret_cast<uintptr_t>(scratch) % BRAID_ALIGNMENT == 0;
    std::memset(bytes, static_cast<int>(block & 0xff), 100);
    for (int spin = 0; spin < 50; ++spin)
      asm volatile("" ::: "memory");
    bool mine = std::all_of(bytes, bytes + 100, [&](unsigned char b) { return b == (block & 0xff); });
    if (!aligned || !mine)
      ++**static_cast<std::atomic<int> *const *>(argument);
  };
  std::atomic<int> *counter = &wrong;
  pool->run(kernel, &counter, 20000);
  EXPECT_EQ(wrong, 0);
}

TEST(ThreadPool, CountsItself) {
  EXPECT_EQ(makePool(3)->size(), 3);
  EXPECT_EQ(makePool(0)->size(), availableCpus());
}

TEST(ThreadPool, TooMuchScratchIsAnError) {
  EXPECT_TRUE(fails(ThreadPool::create(2, uint64_t{1} << 62), StatusCode::OutOfMemory, {"scratch"}));
  EXPECT_TRUE(fails(ThreadPool::create(2, ~uint64_t{0} - 100), StatusCode::OutOfMemory, {"scratch"}));
}
