//===- DeviceAbi.cpp - The C interface of devices and kernels -------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AbiSupport.h"
#include "CudaDriver.h"
#include "Device.h"
#include "braid/Formats/Artifact.h"
#include "braid/Formats/File.h"

using namespace braid;

struct braid_event {
  std::shared_ptr<Device> device;
  std::unique_ptr<DeviceEvent> event;
};
struct braid_kernels {
  std::unique_ptr<DeviceKernels> kernels;

  const std::vector<GpuKernel> &table() const { return kernels->table(); }
};

namespace {
Status expectKernel(const braid_kernels *kernels, int32_t index) {
  BRAID_TRY(expectPointer(kernels, "kernels"));
  if (index >= 0 && static_cast<size_t>(index) < kernels->table().size())
    return {};
  return Status::usage(cat("expected a kernel below ", kernels->table().size(), ", found ", index));
}

Status argumentError(const GpuKernel &kernel, size_t argument, std::string_view message) {
  return Status::usage(cat("kernel ", inQuotes(kernel.name), ": argument ", argument, ": ", message));
}

Status packView(const GpuKernel &kernel, size_t i, const braid_argument &given, char *target) {
  const GpuKernel::Argument &view = kernel.arguments[i];
  if (given.rank != view.shape.size() || !given.shape)
    return argumentError(kernel, i, cat("expected a view of ", view.shape.size(), " sizes, found ",
                                        given.shape ? given.rank : 0));
  std::memcpy(target, &given.data, sizeof given.data);
  for (size_t d = 0; d < given.rank; ++d) {
    int64_t size = given.shape[d];
    bool dynamic = view.shape[d] == GpuKernel::dynamic;
    if (dynamic ? size < 0 : size != view.shape[d])
      return argumentError(kernel, i, cat("expected ", dynamic ? "a size of at least 0" : cat("size ", view.shape[d]),
                                          " in dimension ", d, ", found ", size));
    if (dynamic)
      std::memcpy(target += sizeof size, &size, sizeof size);
  }
  return {};
}

/// Fills the struct that is a kernel's first parameter.
Status packArguments(const GpuKernel &kernel, const GpuKernel::Layout &layout, const braid_argument *given,
                     size_t count, const int64_t *grid, char *target) {
  if (count != kernel.arguments.size())
    return Status::usage(cat("kernel ", inQuotes(kernel.name), ": expected ", kernel.arguments.size(),
                             " arguments, found ", count));
  for (size_t i = 0; i < count; ++i) {
    char *place = target + layout.offsets[i];
    if (kernel.arguments[i].isView()) {
      BRAID_TRY(packView(kernel, i, given[i], place));
      continue;
    }
    if (given[i].rank != 0 || !given[i].data)
      return argumentError(kernel, i, cat("expected the address of one ", nameOf(kernel.arguments[i].dtype), ", found ",
                                          given[i].rank != 0 ? "a view" : "NULL"));
    std::memcpy(place, given[i].data, sizeOf(kernel.arguments[i].dtype));
  }
  std::memcpy(target + layout.grid, grid, 3 * sizeof *grid);
  return {};
}
} // namespace

extern "C" {

braid_status *braid_cuda_device_count(int32_t *count) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(count, "count"));
    BRAID_TRY_ASSIGN(CudaDriver driver, CudaDriver::open());
    BRAID_TRY_ASSIGN(*count, driver.deviceCount());
    return {};
  });
}

braid_status *braid_device_open(const char *name, braid_device **result) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(name, "name"));
    BRAID_TRY(expectPointer(result, "device"));
    BRAID_TRY_ASSIGN(std::shared_ptr<Device> device, Device::open(name));
    *result = new braid_device{std::move(device)};
    return {};
  });
}

void braid_device_destroy(braid_device *device) { delete device; }

braid_status *braid_device_properties(const braid_device *device, braid_device_info *info) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(device, "device"));
    const Device::Properties &facts = device->device->properties();
    BRAID_TRY_ASSIGN(uint64_t free, device->device->freeMemory());
    return writeInfo({0, facts.device.c_str(), facts.name.c_str(), facts.arch.c_str(), facts.multiprocessors,
                      facts.driverVersion, facts.memory, free},
                     info);
  });
}

braid_status *braid_device_allocate(braid_device *device, uint64_t bytes, void **address) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(device, "device"));
    BRAID_TRY(expectPointer(address, "address"));
    BRAID_TRY_ASSIGN(*address, device->device->allocate(bytes));
    return {};
  });
}

braid_status *braid_device_free(braid_device *device, void *address) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(device, "device"));
    return address ? device->device->release(address) : Status();
  });
}

braid_status *braid_device_copy(braid_device *device, void *to, const void *from, uint64_t bytes, void *stream) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(device, "device"));
    if (bytes != 0) {
      BRAID_TRY(expectPointer(to, "to"));
      BRAID_TRY(expectPointer(from, "from"));
    }
    return device->device->copy(to, from, bytes, stream);
  });
}

braid_status *braid_device_fill(braid_device *device, void *to, int32_t value, uint64_t bytes, void *stream) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(device, "device"));
    if (bytes != 0)
      BRAID_TRY(expectPointer(to, "to"));
    if (value < 0 || value > 255)
      return Status::usage(cat("expected a byte from 0 to 255 as 'value', found ", value));
    return device->device->fill(to, static_cast<uint8_t>(value), bytes, stream);
  });
}

braid_status *braid_device_synchronize(braid_device *device, void *stream) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(device, "device"));
    return device->device->synchronize(stream);
  });
}

braid_status *braid_event_create(braid_device *device, braid_event **result) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(device, "device"));
    BRAID_TRY(expectPointer(result, "event"));
    BRAID_TRY_ASSIGN(std::unique_ptr<DeviceEvent> event, device->device->createEvent());
    *result = new braid_event{device->device, std::move(event)};
    return {};
  });
}

void braid_event_destroy(braid_event *event) { delete event; }

braid_status *braid_event_record(braid_event *event, void *stream) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(event, "event"));
    return event->event->record(stream);
  });
}

braid_status *braid_event_elapsed(braid_event *start, braid_event *stop, double *milliseconds) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(start, "start"));
    BRAID_TRY(expectPointer(stop, "stop"));
    BRAID_TRY(expectPointer(milliseconds, "milliseconds"));
    if (start->device != stop->device)
      return Status::usage("expected two events of one opened device, found events of two");
    BRAID_TRY_ASSIGN(*milliseconds, stop->event->millisecondsSince(*start->event));
    return {};
  });
}

braid_status *braid_kernels_open(braid_device *device, const char *path, braid_kernels **result) {
  return guard([&]() -> Status {
    BRAID_TRY(expectPointer(device, "device"));
    BRAID_TRY(expectPointer(path, "path"));
    BRAID_TRY(expectPointer(result, "kernels"));
    BRAID_TRY_ASSIGN(std::string contents, readFile(path, artifactMaxBytes));
    BRAID_TRY_ASSIGN(ArtifactParts parts, parseArtifact(contents, path));
    if (parts.manifest.gpuKernels.empty())
      return Status::unsupported(cat(path, ": expected an artifact with GPU kernels, found one for the CPU"));
    BRAID_TRY_ASSIGN(std::unique_ptr<DeviceKernels> kernels,
                     device->device->load(std::move(parts.manifest.gpuKernels), parts.images, path));
    *result = new braid_kernels{std::move(kernels)};
    return {};
  });
}

void braid_kernels_destroy(braid_kernels *kernels) { delete kernels; }

int32_t braid_kernels_count(const braid_kernels *kernels) {
  return kernels ? static_cast<int32_t>(kernels->table().size()) : 0;
}

int32_t braid_kernels_find(const braid_kernels *kernels, const char *name) {
  for (int32_t i = 0; name && i < braid_kernels_count(kernels); ++i)
    if (kernels->table()[static_cast<size_t>(i)].name == name)
      return i;
  return -1;
}

braid_status *braid_kernels_kernel(const braid_kernels *kernels, int32_t index, braid_kernel_info *info) {
  return guard([&]() -> Status {
    BRAID_TRY(expectKernel(kernels, index));
    const GpuKernel &kernel = kernels->table()[static_cast<size_t>(index)];
    auto number = [](auto value) { return static_cast<int32_t>(value); };
    return writeInfo({0, kernel.name.c_str(), number(kernel.threads), number(kernel.sharedBytes),
                      number(kernel.cluster), kernel.persistent, number(kernel.arguments.size()),
                      number(kernel.tensorMaps.size())},
                     info);
  });
}

braid_status *braid_kernels_argument(const braid_kernels *kernels, int32_t index, int32_t argument,
                                     braid_kernel_argument_info *info) {
  return guard([&]() -> Status {
    BRAID_TRY(expectKernel(kernels, index));
    const std::vector<GpuKernel::Argument> &arguments = kernels->table()[static_cast<size_t>(index)].arguments;
    if (argument < 0 || static_cast<size_t>(argument) >= arguments.size())
      return Status::usage(cat("expected an argument below ", arguments.size(), ", found ", argument));
    const GpuKernel::Argument &one = arguments[static_cast<size_t>(argument)];
    return writeInfo({0, nameOf(one.dtype).data(), one.shape.size(), one.shape.data(), one.strides.data()}, info);
  });
}

braid_status *braid_kernels_launch(braid_kernels *kernels, int32_t index, const braid_argument *arguments,
                                   size_t argument_count, const int64_t grid[3], void *stream) {
  return guard([&]() -> Status {
    BRAID_TRY(expectKernel(kernels, index));
    if (argument_count != 0)
      BRAID_TRY(expectPointer(arguments, "arguments"));
    BRAID_TRY(expectPointer(grid, "grid"));
    size_t i = static_cast<size_t>(index);
    alignas(64) char packed[GpuKernel::maxStructBytes];
    BRAID_TRY(packArguments(kernels->table()[i], kernels->kernels->layout(i), arguments, argument_count, grid, packed));
    return kernels->kernels->launch(i, packed, stream);
  });
}

} // extern "C"
