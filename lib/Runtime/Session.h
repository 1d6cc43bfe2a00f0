//===- Session.h - A program's working memory ----------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_SESSION_H
#define BRAID_RUNTIME_SESSION_H

#include "Checkpoints.h"
#include "HostServices.h"
#include "Program.h"
#include "SlotStore.h"
#include "ThreadPool.h"

#include <atomic>
#include <memory>
#include <vector>

namespace braid {

class Session {
public:
  struct Limits {
    int64_t maxRows = 0, maxTokens = 0, maxContext = 0, slots = 0;
    int threads = 0;
    bool poison = false;
    int64_t checkpoints = 0, checkpointEvery = 0; // of each slot; tokens from one to the next
  };

  struct Batch {
    int32_t entry = 0;
    int64_t rows = 0;
    const int64_t *rowStart = nullptr;
    const int32_t *slot = nullptr;
    const int32_t *tokens = nullptr;
  };

  static Result<std::unique_ptr<Session>> create(std::shared_ptr<const Program> program, const Limits &limits);
  /// What create() would reserve, after the same checks of the limits.
  static Result<uint64_t> bytes(const Program &program, const Limits &limits);

  /// Checks the batch, runs the entry point and advances the lengths. Allocates nothing unless it fails.
  Status run(const Batch &batch, float *logits, size_t logitsCount);

  const SlotStore &slots() const { return store; }
  void reset(int64_t slot);
  void copy(int64_t from, int64_t to);
  /// Checks the snapshot before the slot changes.
  Status restore(int64_t slot, const void *buffer, size_t bytes);
  /// Takes back the last `tokens` tokens of a slot.
  Status rollback(int64_t slot, int64_t tokens);
  int64_t rollbackLimit(int64_t slot) const;

  ThreadPool &threads() { return *pool; }
  const Program &program() const { return *owner; }

  /// Held by one thread at a time, to tell apart a busy session and a free one.
  std::atomic_flag busy = ATOMIC_FLAG_INIT;

private:
  Session(std::shared_ptr<const Program> program, const Limits &limits) : owner(std::move(program)), limits(limits) {}
  Status check(const Batch &batch, size_t logitsCount);
  Status execute(const Batch &batch, float *logits);
  /// Runs tokens of a slot again; the logits are not wanted.
  Status replay(int64_t slot, const int32_t *tokens, int64_t count);

  std::shared_ptr<const Program> owner;
  Limits limits;
  std::unique_ptr<ThreadPool> pool;
  SlotStore store;
  Checkpoints checkpoints;
  HostBuffer arena[3], replayLogits;
  std::unique_ptr<HostServices> services;
  braid_call call = {};
  std::vector<int64_t> lastCall; // [slots]: the number of the call that last used the slot
  int64_t callNumber = 0;
};

} // namespace braid

#endif // BRAID_RUNTIME_SESSION_H
