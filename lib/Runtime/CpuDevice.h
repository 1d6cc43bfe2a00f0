//===- CpuDevice.h - The CPU as a device ---------------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_CPUDEVICE_H
#define BRAID_RUNTIME_CPUDEVICE_H

#include "Device.h"
#include "Memory.h"

#include <map>
#include <mutex>

namespace braid {

class CpuDevice final : public Device {
public:
  CpuDevice();

  const Properties &properties() const override { return facts; }
  Result<uint64_t> freeMemory() override;
  Result<void *> allocate(uint64_t bytes) override;
  Status release(void *address) override;
  Status copy(void *to, const void *from, uint64_t bytes, Stream stream) override;
  Status fill(void *to, uint8_t value, uint64_t bytes, Stream stream) override;
  Status synchronize(Stream stream) override { return {}; }
  Result<std::unique_ptr<DeviceEvent>> createEvent() override;
  /// Always fails: the CPU runs kernels through entry points.
  Result<std::unique_ptr<DeviceKernels>> load(std::vector<GpuKernel> kernels, std::string_view images,
                                              const std::string &file) override;

private:
  Properties facts;
  std::mutex mutex; // guards `buffers`
  std::map<void *, HostBuffer> buffers;
};

} // namespace braid

#endif // BRAID_RUNTIME_CPUDEVICE_H
