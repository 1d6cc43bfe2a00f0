//===- Device.h - Where kernels run --------------------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The services of a machine that runs kernels, the same for the CPU and for a
// CUDA device. An address is memory of the device; a stream is an order of work,
// and null stands for the device's default one. On the CPU all work has ended
// when a function returns. Any thread may call.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_DEVICE_H
#define BRAID_RUNTIME_DEVICE_H

#include "braid/Formats/KernelTable.h"
#include "braid/Formats/Status.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace braid {

using Stream = void *;

/// A point in a stream, for measuring time.
class DeviceEvent {
public:
  virtual ~DeviceEvent() = default;
  virtual Status record(Stream stream) = 0;
  /// Milliseconds from `start` to this event, both of one device and recorded; waits for both.
  virtual Result<double> millisecondsSince(DeviceEvent &start) = 0;
};

/// Kernels whose machine code is loaded on a device, in the order of the manifest's table.
class DeviceKernels {
public:
  explicit DeviceKernels(std::vector<GpuKernel> table) : kernels(std::move(table)) {
    for (const GpuKernel &kernel : kernels)
      layouts.push_back(kernel.layout());
  }
  virtual ~DeviceKernels() = default;
  DeviceKernels(const DeviceKernels &) = delete;
  DeviceKernels &operator=(const DeviceKernels &) = delete;

  const std::vector<GpuKernel> &table() const { return kernels; }
  const GpuKernel::Layout &layout(size_t index) const { return layouts[index]; }
  /// Starts kernel `index` < table().size(). `arguments` is its struct (GpuKernel::Layout), which is copied.
  /// Allocates nothing once a launch with the same addresses and sizes was made.
  virtual Status launch(size_t index, const void *arguments, Stream stream) = 0;

protected:
  const std::vector<GpuKernel> kernels;

private:
  std::vector<GpuKernel::Layout> layouts;
};

class Device {
public:
  struct Properties {
    std::string device; // "cpu", "cuda:0"
    std::string name;   // the maker's
    std::string arch;   // "sm_90"; of the CPU the ELF machine's name
    int multiprocessors = 0;
    int driverVersion = 0; // 12040 for 12.4; 0 on the CPU
    uint64_t memory = 0;
  };

  /// "cpu" or "cuda:N".
  static Result<std::shared_ptr<Device>> open(std::string_view name);
  virtual ~Device() = default;

  virtual const Properties &properties() const = 0;
  virtual Result<uint64_t> freeMemory() = 0;
  /// At least BRAID_ALIGNMENT aligned.
  virtual Result<void *> allocate(uint64_t bytes) = 0;
  /// Waits for the work that may use it.
  virtual Status release(void *address) = 0;
  /// Between memory of the device and memory of the process, in any direction, in the stream's order.
  virtual Status copy(void *to, const void *from, uint64_t bytes, Stream stream) = 0;
  virtual Status fill(void *to, uint8_t value, uint64_t bytes, Stream stream) = 0;
  /// Waits for a stream; null: for everything.
  virtual Status synchronize(Stream stream) = 0;
  virtual Result<std::unique_ptr<DeviceEvent>> createEvent() = 0;
  /// Loads the code of `kernels` from an artifact's images; `file` is the name for messages.
  virtual Result<std::unique_ptr<DeviceKernels>> load(std::vector<GpuKernel> kernels, std::string_view images,
                                                      const std::string &file) = 0;
};

} // namespace braid

#endif // BRAID_RUNTIME_DEVICE_H
