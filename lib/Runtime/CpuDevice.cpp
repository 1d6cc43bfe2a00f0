//===- CpuDevice.cpp - The CPU as a device --------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CpuDevice.h"

#include "ThreadPool.h"

#include <chrono>
#include <cstring>
#include <fstream>
#include <sys/utsname.h>
#include <unistd.h>

namespace braid {

namespace {
class CpuEvent final : public DeviceEvent {
public:
  Status record(Stream) override {
    time = std::chrono::steady_clock::now();
    recorded = true;
    return {};
  }
  Result<double> millisecondsSince(DeviceEvent &start) override {
    auto &first = static_cast<CpuEvent &>(start);
    if (!first.recorded || !recorded)
      return Status::usage("expected recorded events, found one that was never recorded");
    return std::chrono::duration<double, std::milli>(time - first.time).count();
  }

private:
  std::chrono::steady_clock::time_point time;
  bool recorded = false;
};

std::string modelName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (size_t colon = line.find(": "); colon != line.npos && line.compare(0, 10, "model name") == 0)
      return line.substr(colon + 2);
  return "CPU";
}
} // namespace

CpuDevice::CpuDevice() {
  facts.device = "cpu";
  facts.name = modelName();
  utsname system;
  facts.arch = ::uname(&system) == 0 ? system.machine : "";
  facts.multiprocessors = availableCpus();
  facts.memory = static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

Result<uint64_t> CpuDevice::freeMemory() { return std::min(availableMemory(), facts.memory); }

Result<void *> CpuDevice::allocate(uint64_t bytes) {
  BRAID_TRY(checkAvailable(bytes, "an allocation"));
  BRAID_TRY_ASSIGN(HostBuffer buffer, HostBuffer::allocate(std::max<uint64_t>(bytes, 1), "an allocation"));
  void *address = buffer.data();
  std::lock_guard<std::mutex> lock(mutex);
  buffers.emplace(address, std::move(buffer));
  return address;
}

Status CpuDevice::release(void *address) {
  std::lock_guard<std::mutex> lock(mutex);
  return buffers.erase(address) ? Status()
                                : Status::usage("device 'cpu': expected an address that it allocated, found another");
}

Status CpuDevice::copy(void *to, const void *from, uint64_t bytes, Stream) {
  if (bytes != 0)
    std::memmove(to, from, bytes);
  return {};
}

Status CpuDevice::fill(void *to, uint8_t value, uint64_t bytes, Stream) {
  if (bytes != 0)
    std::memset(to, value, bytes);
  return {};
}

Result<std::unique_ptr<DeviceEvent>> CpuDevice::createEvent() {
  return std::unique_ptr<DeviceEvent>(std::make_unique<CpuEvent>());
}

Result<std::unique_ptr<DeviceKernels>> CpuDevice::load(std::vector<GpuKernel>, std::string_view,
                                                       const std::string &file) {
  return Status::unsupported(
      cat(file, ": expected a CUDA device for kernels of their own, found 'cpu', which runs entry points"));
}

} // namespace braid
