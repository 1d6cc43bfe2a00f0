//===- ThreadBlock.h - A block of threads, one after the other ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each thread has a stack of its own and runs until it waits. Between two waits
// the threads run in an order that is drawn anew, so that a barrier that is
// missing shows in the results. Shared memory starts as NaN, with a fence behind
// it.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_THREADS_THREADBLOCK_H
#define BRAID_TEST_LIB_THREADS_THREADBLOCK_H

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <ucontext.h>
#include <vector>

namespace braid::test {

class ThreadBlock {
public:
  /// The services by their place in `services()`. Run is void(services, thread function, arguments, block, threads, shared
  /// bytes); Shared is a pointer; the others are int32_t(services, operands..).
  enum Service { Run, Thread, Block, Barrier, Shuffle, Shared };

  explicit ThreadBlock(uint64_t seed);

  /// What a kernel of ThreadFunctions.h takes for its scratch memory.
  void *services() { return table; }
  /// The first fault of a block: threads that wait for different things, memory written behind its end. Empty without one.
  const std::string &fault() const { return firstFault; }

private:
  using Function = void (*)(const void *arguments, void *services);
  enum class State { Ready, AtBarrier, AtShuffle, Done };
  struct Fiber {
    std::unique_ptr<char[]> stack;
    ucontext_t context;
    State state = State::Ready;
    int32_t handed = 0;
  };

  static ThreadBlock &of(void *services);
  static void enter(unsigned high, unsigned low);
  void run(Function function, const void *arguments, int64_t block, int64_t threads, int64_t sharedBytes);
  void runReady();
  bool release();
  void wait(State state);
  int32_t shuffle(int32_t value, int32_t operand, bool exchanges);
  void fail(const std::string &message);

  void *table[7]; // the services, then this object
  std::mt19937_64 random;
  std::vector<Fiber> fibers;
  ucontext_t scheduler;
  std::vector<uint64_t> shared;
  Function function = nullptr;
  const void *arguments = nullptr;
  int64_t block = 0, threads = 0;
  size_t current = 0;
  std::string firstFault;
};

} // namespace braid::test

#endif // BRAID_TEST_LIB_THREADS_THREADBLOCK_H
