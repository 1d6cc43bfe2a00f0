//===- HostServices.h - What the runtime does for entry points  -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_HOSTSERVICES_H
#define BRAID_RUNTIME_HOSTSERVICES_H

#include "Device.h"
#include "ThreadPool.h"
#include "braid/Runtime/artifact.h"

#include <utility>
#include <vector>

namespace braid {

/// Of one call. Kernels count on it where they number blocks with 32 bits.
constexpr int64_t mostRows = 1 << 20;

/// The braid_host_api that a running entry point is given. One thread at a time.
class HostServices {
public:
  /// Threads alone: `launch` of the interface is null.
  explicit HostServices(ThreadPool &threads);
  /// Threads, and kernels that start on a stream of their device.
  HostServices(ThreadPool &threads, DeviceKernels &kernels, Stream stream);
  HostServices(const HostServices &) = delete;
  HostServices &operator=(const HostServices &) = delete;

  const braid_host_api *api() const { return &interface; }
  /// The first launch that failed since the last call of this; ok if none did.
  Status takeFailure() { return std::exchange(failure, {}); }

  struct KernelTime {
    braid_kernel_fn kernel;
    double seconds;
    int64_t launches;
  };
  /// Times launches by threads, of at most so many kernels; 0 stops it.
  void timeKernels(size_t most);
  /// In the order of their first launch.
  const std::vector<KernelTime> &kernelTimes() const { return times; }

private:
  void run(braid_kernel_fn kernel, const void *arguments, int64_t blocks);
  void addTime(braid_kernel_fn kernel, double seconds);
  void launch(int64_t kernel, const void *arguments);

  ThreadPool &threads;
  DeviceKernels *kernels = nullptr;
  Stream stream = nullptr;
  Status failure;
  std::vector<KernelTime> times; // its capacity is the most; none while nothing is timed
  braid_host_api interface = {};
};

} // namespace braid

#endif // BRAID_RUNTIME_HOSTSERVICES_H
