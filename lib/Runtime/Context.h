//===- Context.h - Functions of tensors on the caller's memory - -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_CONTEXT_H
#define BRAID_RUNTIME_CONTEXT_H

#include "HostServices.h"
#include "Program.h"
#include "braid/Runtime/braid.h"

#include <atomic>
#include <memory>
#include <vector>

namespace braid {

/// Where a program's functions run: threads, or a stream of a device.
class Context {
public:
  struct Options {
    int threads = 0;
    std::shared_ptr<Device> device; // null: the CPU
    Stream stream = nullptr;
  };
  static Result<std::unique_ptr<Context>> create(std::shared_ptr<const Program> program, const Options &options);

  /// Working memory of a call of this size.
  static Result<uint64_t> arenaBytes(const Manifest &manifest, int32_t entry, int64_t tokens, int64_t rows);

  Status call(const braid_function_call &call);

  /// Set while a thread uses the context.
  std::atomic_flag busy = ATOMIC_FLAG_INIT;

private:
  explicit Context(std::shared_ptr<const Program> program) : owner(std::move(program)) {}
  Status checkTensors(const Manifest::Entry &entry, const braid_function_call &call) const;
  Status checkRowPointers(const Manifest::Entry &entry, const braid_function_call &call) const;
  Status checkRows(const Manifest::Entry &entry, const braid_function_call &call, int64_t &longestRow);
  Status checkSlot(const braid_function_call &call, int64_t row) const;

  std::shared_ptr<const Program> owner;
  std::unique_ptr<ThreadPool> pool;
  std::unique_ptr<DeviceKernels> kernels; // null on the CPU
  std::unique_ptr<HostServices> services;
  std::vector<int32_t> seenSlots;
};

} // namespace braid

#endif // BRAID_RUNTIME_CONTEXT_H
