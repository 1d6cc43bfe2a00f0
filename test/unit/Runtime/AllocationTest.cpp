//===- AllocationTest.cpp - A session allocates nothing after its creation -===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every way to the heap counts: operator new, and malloc where no sanitizer has
// it. The runtime's own calls go through the same symbols.
//
//===----------------------------------------------------------------------===//

#include "FakeDevice.h"
#include "Tiny.h"

#include <atomic>
#include <cstdlib>
#include <new>

static std::atomic<long> allocations{0};

#if !defined(BRAID_SANITIZED)
extern "C" {
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);
void *malloc(size_t bytes) {
  ++allocations;
  return __libc_malloc(bytes);
}
void *calloc(size_t count, size_t bytes) {
  ++allocations;
  return __libc_calloc(count, bytes);
}
void *realloc(void *old, size_t bytes) {
  ++allocations;
  return __libc_realloc(old, bytes);
}
}
#else
void *operator new(size_t bytes) {
  ++allocations;
  if (void *memory = std::malloc(bytes))
    return memory;
  throw std::bad_alloc();
}
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, size_t) noexcept { std::free(memory); }
#endif

using namespace braid;
using namespace braid::test;

TEST(Allocation, IsCounted) {
  long before = allocations;
  // Through a volatile pointer, so that the pair is not optimised away.
  std::string *volatile text = new std::string(100, 'x');
  delete text;
  EXPECT_GE(allocations, before + 2);
  // And the runtime's are among them.
  before = allocations;
  ProgramHandle program = loadTiny();
  EXPECT_GT(allocations, before + 10);
}

TEST(Allocation, AThousandDecodeStepsNeedNone) {
  ProgramHandle program = loadTiny();
  ASSERT_TRUE(program);
  braid_session_options limits = tinyLimits();
  limits.max_context = 1100;
  limits.flags = 0;
  limits.checkpoints = 4;
  SessionHandle session = openTiny(program, limits);
  ASSERT_TRUE(session);
  braid_sampling sampling = {sizeof sampling, 0.8, 0, 0.9, 0.01, 1};
  braid_sampler *handle = nullptr;
  ASSERT_TRUE(isOk(take(braid_sampler_create(&sampling, tinyVocab, &handle))));
  SamplerHandle sampler(handle);
  braid_sampler *const samplers[] = {handle, nullptr};

  const int64_t rowStart[] = {0, 1, 2};
  const int32_t slots[] = {1, 2};
  int32_t tokens[] = {5, 9};
  std::vector<float> logits(2 * tinyVocab);
  braid_batch batch = {sizeof batch, Decode, 0, 2, rowStart, slots, tokens};
  const int64_t againStart[] = {0, 3};
  const int32_t againTokens[] = {1, 2, 3};
  braid_batch again = {sizeof again, Prefill, 0, 1, againStart, slots, againTokens};
  std::vector<char> snapshot(braid_slot_snapshot_bytes(session.get(), 1) + (1 << 16));
  bool ok = true;
  long before = allocations;
  for (int step = 0; step < 1000; ++step) {
    if (step % 2 == 0) {
      ok &= braid_session_run(session.get(), &batch, logits.data(), logits.size()) == nullptr;
      ok &= braid_sampler_next(sampler.get(), logits.data(), &tokens[0]) == nullptr;
    } else {
      ok &= braid_session_next(session.get(), &batch, logits.data(), logits.size(), samplers, tokens) == nullptr;
    }
    if (step == 500) {
      ok &= braid_slot_copy(session.get(), 1, 3) == nullptr;
      ok &= braid_slot_snapshot(session.get(), 1, snapshot.data(), snapshot.size()) == nullptr;
      ok &= braid_slot_restore(session.get(), 0, snapshot.data(), braid_slot_snapshot_bytes(session.get(), 1)) == nullptr;
      ok &= braid_slot_reset(session.get(), 3) == nullptr;
    }
    if (step % 100 == 99) {
      ok &= braid_slot_rollback(session.get(), 1, 3) == nullptr;
      ok &= braid_session_run(session.get(), &again, logits.data(), logits.size()) == nullptr;
    }
  }
  long during = allocations - before;
  EXPECT_TRUE(ok);
  EXPECT_EQ(during, 0);
  EXPECT_EQ(braid_slot_length(session.get(), 1), 1000);
}

TEST_F(FakeDevice, LaunchesNeedNoAllocations) {
  ASSERT_TRUE(isOk(load({linearKernel()})));
  float scale = 1;
  int64_t index = 0, x[] = {8, 64}, w[] = {3, 32, 64}, y[] = {8, 32};
  const int64_t grid[] = {1, 1, 1};
  void *some = reinterpret_cast<void *>(uint64_t{0x1000});
  const braid_argument arguments[] = {{some, x, 2}, {&scale, nullptr, 0}, {some, w, 3}, {&index, nullptr, 0}, {some, y, 2}};
  auto launchSizes = [&] {
    bool ok = true;
    for (int64_t rows = 1; rows <= 200; ++rows) {
      x[0] = y[0] = rows;
      ok &= braid_kernels_launch(kernels.get(), 0, arguments, 5, grid, nullptr) == nullptr;
    }
    return ok;
  };
  EXPECT_TRUE(launchSizes());
  // Another library's context in between must cost none either.
  fake->current = nullptr;
  long before = allocations;
  bool ok = true;
  for (int round = 0; round < 5; ++round)
    ok &= launchSizes();
  long during = allocations - before;
  EXPECT_TRUE(ok);
  EXPECT_EQ(during, 0);
  EXPECT_EQ(fake->launchCount, 1200);
  EXPECT_EQ(fake->encodingCount, 201);
}
