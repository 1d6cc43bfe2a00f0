//===- Device.cpp - Opening devices by name -------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Device.h"

#include "CpuDevice.h"
#include "CudaDevice.h"

#include <charconv>

namespace braid {

Result<std::shared_ptr<Device>> Device::open(std::string_view name) {
  constexpr std::string_view cudaPrefix = "cuda:";
  return guardMemory([&]() -> Result<std::shared_ptr<Device>> {
    if (name == "cpu")
      return std::shared_ptr<Device>(std::make_shared<CpuDevice>());
    if (name.substr(0, cudaPrefix.size()) == cudaPrefix) {
      int index = 0;
      const char *end = name.data() + name.size();
      auto [stop, code] = std::from_chars(name.data() + cudaPrefix.size(), end, index);
      if (code == std::errc() && stop == end && index >= 0) {
        BRAID_TRY_ASSIGN(std::shared_ptr<CudaDevice> device, CudaDevice::open(index));
        return std::shared_ptr<Device>(std::move(device));
      }
    }
    return Status::usage(cat("expected a device 'cpu' or 'cuda:N', found ", inQuotes(name)));
  });
}

} // namespace braid
