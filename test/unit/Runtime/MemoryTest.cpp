//===- MemoryTest.cpp - Tests of memory -----------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bandwidth.h"
#include "Memory.h"
#include "TestSupport.h"

using namespace braid;
using namespace braid::test;

TEST(Memory, ChecksSums) {
  EXPECT_EQ(CheckedBytes(3).times(5).add(2).alignTo(16).value(), 32u);
  EXPECT_EQ(CheckedBytes(32).alignTo(16).value(), 32u);
  EXPECT_TRUE(CheckedBytes(~uint64_t{0}).add(1).overflowed());
  EXPECT_EQ(CheckedBytes(~uint64_t{0}).add(1).value(), ~uint64_t{0});
  EXPECT_TRUE(CheckedBytes(uint64_t{1} << 40).times(uint64_t{1} << 40).overflowed());
  EXPECT_TRUE(CheckedBytes(~uint64_t{0} - 3).alignTo(64).overflowed());
  EXPECT_TRUE(CheckedBytes(1).add(CheckedBytes(~uint64_t{0}).add(1)).overflowed());
}

TEST(Memory, BuffersAreZeroAndAligned) {
  auto buffer = HostBuffer::allocate(100000, "a test");
  ASSERT_TRUE(isOk(buffer));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer->data()) % 4096, 0u);
  for (uint64_t i = 0; i < buffer->size(); ++i)
    ASSERT_EQ(buffer->data()[i], 0);
  EXPECT_TRUE(isOk(HostBuffer::allocate(0, "nothing")));
}

TEST(Memory, LargeBuffersBeginWithAHugePage) {
  constexpr uint64_t hugePage = HostBuffer::hugePage;
  for (uint64_t bytes : {hugePage, hugePage + 1, 3 * hugePage - 64}) {
    auto buffer = HostBuffer::allocate(bytes, "a test"), next = HostBuffer::allocate(bytes, "a test");
    ASSERT_TRUE(isOk(buffer));
    ASSERT_TRUE(isOk(next));
    for (const HostBuffer *each : {&*buffer, &*next}) {
      EXPECT_EQ(reinterpret_cast<uintptr_t>(each->data()) % hugePage, 0u);
      EXPECT_EQ(each->size(), bytes);
      each->data()[0] = each->data()[bytes - 1] = 1;
    }
  }
}

TEST(Memory, MoreThanThereIsIsAnError) {
  EXPECT_GT(availableMemory(), uint64_t{1} << 20);
  EXPECT_TRUE(isOk(checkAvailable(1, "a byte")));
  EXPECT_TRUE(fails(checkAvailable(uint64_t{1} << 60, "a test"), StatusCode::OutOfMemory, {"a test", "bytes"}));
  EXPECT_TRUE(fails(HostBuffer::allocate(uint64_t{1} << 60, "a test"), StatusCode::OutOfMemory, {"a test"}));
}

TEST(Memory, ReadBandwidthIsMeasured) {
  auto pool = ThreadPool::create(2, 0);
  ASSERT_TRUE(isOk(pool));
  auto rate = measureReadBandwidth(**pool, 64 << 20, 3);
  ASSERT_TRUE(isOk(rate));
  EXPECT_GT(*rate, 1e8);
  EXPECT_LT(*rate, 1e14);
}
