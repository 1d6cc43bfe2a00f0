//===- Devices.cpp - braid devices ----------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"

namespace braid::tool {

namespace {
/// The line of one device; a device that cannot be opened says why.
std::string describe(const std::string &name) {
  braid_device *opened = nullptr;
  Status status = take(braid_device_open(name.c_str(), &opened));
  std::unique_ptr<braid_device, Destroy<braid_device_destroy>> device(opened);
  braid_device_info info = {};
  info.size = sizeof info;
  if (status.ok())
    status = take(braid_device_properties(opened, &info));
  if (!status.ok())
    return cat(name, ": ", status.message(), "\n");
  std::string driver =
      info.cuda_version ? cat(", driver for CUDA ", info.cuda_version / 1000, ".", info.cuda_version % 1000 / 10) : "";
  return cat(name, ": ", info.name, ", ", info.arch, ", ", info.multiprocessors,
             info.cuda_version ? " multiprocessors, " : " CPUs, ", info.memory, " bytes of memory, ", info.free_memory,
             " free", driver, "\n");
}

Status devices() {
  std::string out = describe("cpu");
  int32_t count = 0;
  Status status = take(braid_cuda_device_count(&count));
  if (!status.ok())
    out += cat("cuda: ", status.message(), "\n");
  for (int32_t i = 0; i < count; ++i)
    out += describe(cat("cuda:", i));
  return print(out);
}
} // namespace

Command addDevices(CLI::App &) { return devices; }

} // namespace braid::tool
