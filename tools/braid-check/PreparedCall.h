//===- PreparedCall.h - A case with everything on the device ---- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_BRAIDCHECK_PREPAREDCALL_H
#define BRAID_TOOLS_BRAIDCHECK_PREPAREDCALL_H

#include "CaseShapes.h"
#include "DeviceMemory.h"
#include "common/PagedState.h"

#include <optional>

namespace braid::check {

/// The stream of the calling thread, so that threads with a call each run at the same time: CU_STREAM_PER_THREAD.
inline void *streamOfThread() { return reinterpret_cast<void *>(2); }

/// One function with drawn arguments, poisoned results and working memory on a device.
class PreparedCall {
public:
  /// `poisoned`: results and arena are NaN before each run.
  static Result<std::unique_ptr<PreparedCall>> create(const Case &item, const CaseList &list, braid_device *device,
                                                      bool poisoned = true);

  /// Poisons results and arena, and brings the states back to what they were.
  Status reset();
  /// Starts the function; `synchronize` waits for it.
  Status start() { return tool::take(braid_call_function(context.get(), &call)); }
  Status synchronize() { return tool::take(braid_device_synchronize(device, streamOfThread())); }

  const CaseShapes &shapes() const { return *caseShapes; }
  Result<std::vector<uint8_t>> result(size_t i) const { return results[i].read(); }
  /// A state in its logical form, as CaseShapes::stateAfter says.
  Result<std::vector<uint8_t>> state(const Manifest::State &state) const;
  /// An error that names the memory beside which something was written.
  Status checkGuards() const;
  /// By the costs of the manifest.
  double flops() const { return cost(&Manifest::Kernel::flops); }
  double bytes() const { return cost(&Manifest::Kernel::bytes); }

private:
  PreparedCall(const Case &item, braid_device *device, bool poisoned)
      : item(item), device(device), poisoned(poisoned) {}
  Status load(const CaseList &list);
  Status makeTensors();
  Status makeRows();
  Status makeState(int32_t index);
  /// Runs of elements in a state's logical form and in its memory.
  template <typename F>
  void forEachRun(const Manifest::State &state, const std::vector<int64_t> &lengths, F body) const;
  Status checkGuard(const DeviceMemory &memory, std::string_view what) const;
  double cost(Manifest::Cost Manifest::Kernel::*kind) const;
  template <typename T> Result<T *> upload(const std::vector<T> &values);

  const Case &item;
  braid_device *device;
  const bool poisoned;
  std::optional<CaseShapes> caseShapes;
  tool::ProgramHandle program;
  tool::ContextHandle context;
  braid_function_call call = {};
  std::vector<DeviceMemory> arguments, results, arena, rowArrays, states;
  std::vector<std::vector<uint8_t>> initialStates; // as they lie on the device
  std::vector<const void *> argumentPointers;
  std::vector<void *> resultPointers, statePointers;
  std::optional<tool::PageTable> pages;
};

} // namespace braid::check

#endif // BRAID_TOOLS_BRAIDCHECK_PREPAREDCALL_H
