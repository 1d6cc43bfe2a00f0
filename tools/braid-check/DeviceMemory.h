//===- DeviceMemory.h - Memory of a device with guards ---------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_BRAIDCHECK_DEVICEMEMORY_H
#define BRAID_TOOLS_BRAIDCHECK_DEVICEMEMORY_H

#include "common/Handles.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace braid::check {

/// Memory of a device between two guards, which show when something writes beside it.
class DeviceMemory {
public:
  static constexpr uint64_t guardBytes = 4096;
  static constexpr int32_t guardByte = 0xa5, poisonByte = 0xff; // 0xff is a NaN in every type

  static Result<DeviceMemory> create(braid_device *device, uint64_t bytes, void *stream, bool poisoned = true) {
    DeviceMemory memory(device, bytes, stream);
    BRAID_TRY(tool::take(braid_device_allocate(device, bytes + 2 * guardBytes, &memory.base)));
    BRAID_TRY(tool::take(braid_device_fill(device, memory.base, guardByte, guardBytes, stream)));
    BRAID_TRY(tool::take(braid_device_fill(device, memory.data() + bytes, guardByte, guardBytes, stream)));
    if (poisoned)
      BRAID_TRY(memory.poison());
    return memory;
  }

  DeviceMemory(DeviceMemory &&other) noexcept
      : device(other.device), count(other.count), stream(other.stream), base(std::exchange(other.base, nullptr)) {}
  DeviceMemory &operator=(DeviceMemory &&) = delete;
  ~DeviceMemory() {
    if (base)
      (void)tool::take(braid_device_free(device, base));
  }

  char *data() const { return static_cast<char *>(base) + guardBytes; }
  uint64_t size() const { return count; }
  Status poison() const { return tool::take(braid_device_fill(device, data(), poisonByte, count, stream)); }
  Status write(const void *from) const { return tool::take(braid_device_copy(device, data(), from, count, stream)); }

  Result<std::vector<uint8_t>> read() const { return read(data(), count); }
  /// Whether both guards are as they were.
  Result<bool> isGuarded() const {
    for (const char *guard : {data() - guardBytes, data() + count}) {
      BRAID_TRY_ASSIGN(std::vector<uint8_t> bytes, read(guard, guardBytes));
      if (std::any_of(bytes.begin(), bytes.end(), [](uint8_t byte) { return byte != guardByte; }))
        return false;
    }
    return true;
  }

private:
  DeviceMemory(braid_device *device, uint64_t count, void *stream) : device(device), count(count), stream(stream) {}
  Result<std::vector<uint8_t>> read(const char *from, uint64_t bytes) const {
    std::vector<uint8_t> copy(bytes);
    BRAID_TRY(tool::take(braid_device_copy(device, copy.data(), from, bytes, stream)));
    BRAID_TRY(tool::take(braid_device_synchronize(device, stream)));
    return copy;
  }

  braid_device *device;
  uint64_t count;
  void *stream;
  void *base = nullptr;
};

} // namespace braid::check

#endif // BRAID_TOOLS_BRAIDCHECK_DEVICEMEMORY_H
