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

private:
  void launch(int64_t kernel, const void *arguments);

  ThreadPool &threads;
  DeviceKernels *kernels = nullptr;
  Stream stream = nullptr;
  Status failure;
  braid_host_api interface = {};
};

} // namespace braid

#endif // BRAID_RUNTIME_HOSTSERVICES_H
