//===- ThreadBlock.cpp - A block of threads, one after the other ----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadBlock.h"
#include <algorithm>
#include <numeric>

using namespace braid::test;

static constexpr size_t stackBytes = 256 * 1024, lanes = 32, fenceWords = 8;
static constexpr uint64_t unwritten = ~uint64_t(0); // NaN in every type

ThreadBlock &ThreadBlock::of(void *services) { return *static_cast<ThreadBlock *>(static_cast<void **>(services)[6]); }

ThreadBlock::ThreadBlock(uint64_t seed) : random(seed) {
  auto address = [](auto *service) { return reinterpret_cast<void *>(service); };
  table[Run] = address(+[](void *self, void *thread, const void *arguments, int64_t block, int64_t threads,
                           int64_t sharedBytes) {
    of(self).run(reinterpret_cast<Function>(thread), arguments, block, threads, sharedBytes);
  });
  table[Thread] = address(+[](void *self) { return int32_t(of(self).current); });
  table[Block] = address(+[](void *self) { return int32_t(of(self).block); });
  table[Barrier] = address(+[](void *self) {
    of(self).wait(State::AtBarrier);
    return int32_t(0);
  });
  table[Shuffle] = address(+[](void *self, int32_t value, int32_t operand, int32_t exchanges) {
    return of(self).shuffle(value, operand, exchanges != 0);
  });
  table[Shared] = nullptr;
  table[6] = this;
}

void ThreadBlock::fail(const std::string &message) {
  if (firstFault.empty())
    firstFault = "block " + std::to_string(block) + ": " + message;
}

/// makecontext passes integers alone.
void ThreadBlock::enter(unsigned high, unsigned low) {
  auto &self = *reinterpret_cast<ThreadBlock *>(uintptr_t(high) << 32 | low);
  self.function(self.arguments, self.table);
  self.fibers[self.current].state = State::Done;
  swapcontext(&self.fibers[self.current].context, &self.scheduler);
}

void ThreadBlock::run(Function newFunction, const void *newArguments, int64_t newBlock, int64_t count,
                      int64_t sharedBytes) {
  function = newFunction, arguments = newArguments, block = newBlock, threads = count;
  size_t words = size_t(sharedBytes + 7) / 8;
  shared.assign(words + fenceWords + 2, unwritten);
  auto start = (reinterpret_cast<uintptr_t>(shared.data()) + 15) & ~uintptr_t(15); // vectors are loaded whole
  table[Shared] = reinterpret_cast<void *>(start);
  if (fibers.size() < size_t(count))
    fibers.resize(size_t(count));
  auto self = reinterpret_cast<uintptr_t>(this);
  for (size_t t = 0; t < size_t(count); ++t) {
    Fiber &fiber = fibers[t];
    if (!fiber.stack)
      fiber.stack.reset(new char[stackBytes]);
    fiber.state = State::Ready;
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = stackBytes;
    fiber.context.uc_link = nullptr;
    makecontext(&fiber.context, reinterpret_cast<void (*)()>(enter), 2, unsigned(self >> 32), unsigned(self));
  }
  do {
    runReady();
  } while (release());
  auto *behind = reinterpret_cast<const uint64_t *>(start) + words;
  if (std::any_of(behind, behind + fenceWords, [](uint64_t word) { return word != unwritten; }))
    fail("shared memory behind its end was written");
}

/// Every thread that may run, in a new order, until it waits or ends.
void ThreadBlock::runReady() {
  std::vector<size_t> order(static_cast<size_t>(threads));
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random);
  for (size_t t : order)
    if (fibers[t].state == State::Ready) {
      current = t;
      swapcontext(&scheduler, &fibers[t].context);
    }
}

/// Lets go whom everybody that it waits for has met. False when all threads are done, or none can go on.
bool ThreadBlock::release() {
  auto all = [&](size_t first, size_t count, State state) {
    return std::all_of(fibers.begin() + long(first), fibers.begin() + long(first + count),
                       [&](const Fiber &fiber) { return fiber.state == state; });
  };
  auto go = [&](size_t first, size_t count) {
    for (size_t t = first; t < first + count; ++t)
      fibers[t].state = State::Ready;
  };
  size_t count = size_t(threads);
  if (all(0, count, State::Done))
    return false;
  bool released = false;
  for (size_t first = 0; first < count; first += lanes)
    if (all(first, lanes, State::AtShuffle)) {
      go(first, lanes);
      released = true;
    }
  if (!released && all(0, count, State::AtBarrier)) {
    go(0, count);
    released = true;
  }
  if (!released)
    fail("some threads wait for others that do not come");
  return released;
}

void ThreadBlock::wait(State state) {
  Fiber &fiber = fibers[current];
  fiber.state = state;
  swapcontext(&fiber.context, &scheduler);
}

/// Lane `operand` of the warp, or the lane whose number differs from this one's by its bits.
int32_t ThreadBlock::shuffle(int32_t value, int32_t operand, bool exchanges) {
  size_t self = current, lane = self % lanes, other = exchanges ? lane ^ size_t(operand) : size_t(operand);
  fibers[self].handed = value;
  wait(State::AtShuffle);
  int32_t result = fibers[self - lane + other % lanes].handed;
  wait(State::AtShuffle); // nobody hands the next value on before all have read this one
  return result;
}
