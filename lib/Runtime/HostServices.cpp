//===- HostServices.cpp - What the runtime does for entry points ----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HostServices.h"

#include <algorithm>
#include <chrono>

namespace braid {

HostServices::HostServices(ThreadPool &threads) : threads(threads) {
  interface.size = sizeof interface;
  interface.version = BRAID_ARTIFACT_VERSION;
  interface.context = this;
  interface.parallel_for = [](void *context, braid_kernel_fn kernel, const void *arguments, int64_t blocks) {
    static_cast<HostServices *>(context)->run(kernel, arguments, blocks);
  };
}

HostServices::HostServices(ThreadPool &threads, DeviceKernels &kernels, Stream stream) : HostServices(threads) {
  this->kernels = &kernels;
  this->stream = stream;
  interface.launch = [](void *context, int64_t kernel, const void *arguments) {
    static_cast<HostServices *>(context)->launch(kernel, arguments);
  };
}

void HostServices::timeKernels(size_t most) {
  times = {};
  times.reserve(most);
}

void HostServices::run(braid_kernel_fn kernel, const void *arguments, int64_t blocks) {
  if (times.capacity() == 0)
    return threads.run(kernel, arguments, blocks);
  auto start = std::chrono::steady_clock::now();
  threads.run(kernel, arguments, blocks);
  addTime(kernel, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
}

/// Generated code waits for this: nothing is allocated.
void HostServices::addTime(braid_kernel_fn kernel, double seconds) {
  auto known = std::find_if(times.begin(), times.end(), [&](const KernelTime &time) { return time.kernel == kernel; });
  if (known == times.end()) {
    if (times.size() == times.capacity())
      return;
    known = times.insert(times.end(), {kernel, 0, 0});
  }
  known->seconds += seconds;
  ++known->launches;
}

void HostServices::launch(int64_t kernel, const void *arguments) {
  if (!failure.ok())
    return;
  size_t count = kernels->table().size();
  if (kernel < 0 || static_cast<uint64_t>(kernel) >= count) {
    failure = Status::badInput(cat("expected a launch of a kernel below ", count, ", found kernel ", kernel));
    return;
  }
  // Generated code calls this: no exception may pass.
  failure = guardMemory([&] { return kernels->launch(static_cast<size_t>(kernel), arguments, stream); });
}

} // namespace braid
