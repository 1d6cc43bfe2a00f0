//===- FakeCuda.cpp - A CUDA driver without a GPU -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FakeCuda.h"

#include <cstdlib>
#include <cstring>

#define FAKE extern "C" __attribute__((visibility("default")))

using braid::test::FakeCuda;

namespace {
FakeCuda fake;
int primary; // its address is the device's context
int module;  // its address stands for every module

enum { Success = 0, InvalidValue = 1, OutOfMemory = 2, NoDevice = 100, InvalidContext = 201, NotFound = 500 };

int result(const char *function) {
  if (fake.ended)
    return fake.ended;
  if (!fake.failing || std::strcmp(fake.failing, function) != 0)
    return Success;
  fake.failing = nullptr;
  if (fake.failure >= 700 && fake.failure <= 719 && fake.failure != 701)
    fake.ended = fake.failure;
  return fake.failure;
}

int resultInContext(const char *function) { return fake.current == &primary ? result(function) : InvalidContext; }

#define BEGIN(function)                                                                                                \
  if (int code = result(#function))                                                                                    \
  return code
#define BEGIN_IN_CONTEXT(function)                                                                                     \
  if (int code = resultInContext(#function))                                                                           \
  return code

/// The layouts of the driver's interface, written down a second time.
struct Attribute {
  int id, pad;
  unsigned x, y, z;
  char rest[52];
};
struct Config {
  unsigned grid[3], block[3], sharedBytes;
  void *stream;
  Attribute *attributes;
  unsigned count;
};
} // namespace

FAKE FakeCuda *fake_cuda() { return &fake; }

FAKE int cuDriverGetVersion(int *version) {
  *version = fake.version;
  return result("cuDriverGetVersion");
}
FAKE int cuInit(unsigned) { return result("cuInit"); }

FAKE int cuGetErrorName(int code, const char **text) {
  *text = code == InvalidValue  ? "CUDA_ERROR_INVALID_VALUE"
          : code == OutOfMemory ? "CUDA_ERROR_OUT_OF_MEMORY"
          : code == 209         ? "CUDA_ERROR_NO_BINARY_FOR_GPU"
          : code == 700         ? "CUDA_ERROR_ILLEGAL_ADDRESS"
          : code == 701         ? "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"
                                : nullptr;
  return *text ? Success : InvalidValue;
}
FAKE int cuGetErrorString(int code, const char **text) {
  *text = code == 700 ? "an illegal memory access was encountered" : "words of the driver";
  return Success;
}

FAKE int cuDeviceGetCount(int *count) {
  *count = fake.deviceCount;
  return result("cuDeviceGetCount");
}
FAKE int cuDeviceGet(int *device, int index) {
  *device = index;
  return index < fake.deviceCount ? result("cuDeviceGet") : InvalidValue;
}
FAKE int cuDeviceGetName(char *name, int bytes, int) {
  std::strncpy(name, "Fake GPU", static_cast<size_t>(bytes));
  return result("cuDeviceGetName");
}
FAKE int cuDeviceGetAttribute(int *value, int attribute, int) {
  *value = attribute == 16   ? fake.multiprocessors
           : attribute == 75 ? fake.capability / 10
           : attribute == 76 ? fake.capability % 10
           : attribute == 97 ? fake.maxShared
                             : -1;
  return *value < 0 ? InvalidValue : result("cuDeviceGetAttribute");
}
FAKE int cuDeviceTotalMem_v2(size_t *bytes, int) {
  *bytes = fake.totalBytes;
  return result("cuDeviceTotalMem_v2");
}

FAKE int cuDevicePrimaryCtxRetain(void **context, int) {
  BEGIN(cuDevicePrimaryCtxRetain);
  *context = &primary;
  ++fake.contexts;
  return Success;
}
FAKE int cuDevicePrimaryCtxRelease_v2(int) {
  --fake.contexts;
  return Success;
}
static void *below; // what a push covers
FAKE int cuCtxGetCurrent(void **context) {
  *context = fake.current;
  return Success;
}
FAKE int cuCtxPushCurrent_v2(void *context) {
  BEGIN(cuCtxPushCurrent_v2);
  below = fake.current;
  fake.current = context;
  return Success;
}
FAKE int cuCtxPopCurrent_v2(void **context) {
  *context = fake.current;
  fake.current = below;
  return Success;
}
FAKE int cuCtxSynchronize() {
  BEGIN_IN_CONTEXT(cuCtxSynchronize);
  ++fake.synchronizations;
  return Success;
}
FAKE int cuStreamSynchronize(void *) {
  BEGIN_IN_CONTEXT(cuStreamSynchronize);
  ++fake.synchronizations;
  return Success;
}

FAKE int cuMemGetInfo_v2(size_t *free, size_t *total) {
  *free = fake.freeBytes;
  *total = fake.totalBytes;
  return resultInContext("cuMemGetInfo_v2");
}
FAKE int cuMemAlloc_v2(uint64_t *address, size_t bytes) {
  BEGIN_IN_CONTEXT(cuMemAlloc_v2);
  if (bytes == 0)
    return InvalidValue;
  if (bytes > fake.freeBytes)
    return OutOfMemory;
  void *memory = nullptr;
  if (::posix_memalign(&memory, 256, bytes) != 0)
    return OutOfMemory;
  *address = reinterpret_cast<uint64_t>(memory);
  ++fake.allocations;
  return Success;
}
FAKE int cuMemFree_v2(uint64_t address) {
  BEGIN_IN_CONTEXT(cuMemFree_v2);
  std::free(reinterpret_cast<void *>(address));
  --fake.allocations;
  return Success;
}
FAKE int cuMemcpyAsync(uint64_t to, uint64_t from, size_t bytes, void *) {
  BEGIN_IN_CONTEXT(cuMemcpyAsync);
  std::memcpy(reinterpret_cast<void *>(to), reinterpret_cast<void *>(from), bytes);
  return Success;
}
FAKE int cuMemsetD8Async(uint64_t to, unsigned char value, size_t bytes, void *) {
  BEGIN_IN_CONTEXT(cuMemsetD8Async);
  std::memset(reinterpret_cast<void *>(to), value, bytes);
  return Success;
}

FAKE int cuEventCreate(void **event, unsigned) {
  BEGIN_IN_CONTEXT(cuEventCreate);
  *event = new float(-1);
  ++fake.events;
  return Success;
}
FAKE int cuEventDestroy_v2(void *event) {
  delete static_cast<float *>(event);
  --fake.events;
  return Success;
}
/// Time is counted in launches.
FAKE int cuEventRecord(void *event, void *) {
  BEGIN_IN_CONTEXT(cuEventRecord);
  *static_cast<float *>(event) = static_cast<float>(fake.launchCount);
  return Success;
}
FAKE int cuEventSynchronize(void *) { return resultInContext("cuEventSynchronize"); }
FAKE int cuEventElapsedTime(float *milliseconds, void *start, void *stop) {
  BEGIN_IN_CONTEXT(cuEventElapsedTime);
  float first = *static_cast<float *>(start), last = *static_cast<float *>(stop);
  *milliseconds = last - first;
  return first < 0 || last < 0 ? 400 : Success;
}

FAKE int cuModuleLoadData(void **loaded, const void *) {
  BEGIN_IN_CONTEXT(cuModuleLoadData);
  *loaded = &module;
  ++fake.modules;
  return Success;
}
FAKE int cuModuleUnload(void *) {
  --fake.modules;
  return Success;
}
FAKE int cuModuleGetFunction(void **function, void *, const char *name) {
  BEGIN_IN_CONTEXT(cuModuleGetFunction);
  for (int i = 0; i < fake.kernelCount; ++i)
    if (std::strcmp(fake.kernels[i].name, name) == 0) {
      *function = &fake.kernels[i];
      return Success;
    }
  return NotFound;
}
FAKE int cuFuncGetAttribute(int *value, int attribute, void *function) {
  const auto *kernel = static_cast<FakeCuda::Kernel *>(function);
  *value = attribute == 0 ? kernel->maxThreads : attribute == 11 ? kernel->requiredCluster : -1;
  return *value < 0 ? InvalidValue : result("cuFuncGetAttribute");
}
FAKE int cuFuncSetAttribute(void *, int attribute, int value) {
  BEGIN_IN_CONTEXT(cuFuncSetAttribute);
  if (attribute == 8)
    fake.sharedGranted = value;
  if (attribute == 14)
    fake.nonPortableClusters = value;
  return attribute == 8 || attribute == 14 ? Success : InvalidValue;
}
FAKE int cuFuncGetParamInfo(void *function, size_t index, size_t *offset, size_t *bytes) {
  const auto *kernel = static_cast<FakeCuda::Kernel *>(function);
  if (index >= kernel->parameterCount)
    return InvalidValue;
  *offset = 0;
  *bytes = kernel->parameterBytes[index];
  return result("cuFuncGetParamInfo");
}
FAKE int cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, void *function, int, size_t) {
  *blocks = static_cast<FakeCuda::Kernel *>(function)->blocksPerMultiprocessor;
  return resultInContext("cuOccupancyMaxActiveBlocksPerMultiprocessor");
}

FAKE int cuLaunchKernelEx(const void *given, void *function, void **parameters, void **) {
  BEGIN_IN_CONTEXT(cuLaunchKernelEx);
  const auto &config = *static_cast<const Config *>(given);
  FakeCuda::Launch &launch = fake.launches[fake.launchCount++ % FakeCuda::most];
  launch = {};
  launch.kernel = static_cast<FakeCuda::Kernel *>(function);
  std::memcpy(launch.grid, config.grid, sizeof launch.grid);
  std::memcpy(launch.block, config.block, sizeof launch.block);
  launch.sharedBytes = config.sharedBytes;
  launch.stream = config.stream;
  for (unsigned i = 0; i < config.count; ++i) {
    const Attribute &attribute = config.attributes[i];
    if (attribute.id != 4 || attribute.y != 1 || attribute.z != 1)
      return InvalidValue;
    launch.cluster = attribute.x;
  }
  std::memcpy(launch.arguments, parameters[0], launch.kernel->parameterBytes[0]);
  for (size_t i = 1; i < launch.kernel->parameterCount; ++i) {
    if (reinterpret_cast<uintptr_t>(parameters[i]) % 64 != 0)
      return InvalidValue;
    std::memcpy(launch.maps[i - 1], parameters[i], sizeof launch.maps[0]);
  }
  return Success;
}

#ifndef FAKE_CUDA_WITHOUT_TENSOR_MAPS
FAKE int cuTensorMapEncodeTiled(uint64_t *map, int type, uint32_t rank, void *address, const uint64_t *sizes,
                                const uint64_t *strides, const uint32_t *box, const uint32_t *elementStrides,
                                int interleave, int swizzle, int promotion, int fill) {
  BEGIN(cuTensorMapEncodeTiled);
  std::memset(map, 0, 128);
  map[0] = static_cast<uint64_t>(fake.encodingCount);
  FakeCuda::Encoding &encoding = fake.encodings[fake.encodingCount++ % FakeCuda::most];
  encoding = {type, interleave, swizzle, promotion, fill, rank, reinterpret_cast<uint64_t>(address), {}, {}, {}, {}};
  for (uint32_t i = 0; i < rank; ++i) {
    encoding.sizes[i] = sizes[i];
    encoding.strides[i] = i + 1 < rank ? strides[i] : 0;
    encoding.box[i] = box[i];
    encoding.elementStrides[i] = elementStrides[i];
  }
  return Success;
}
#endif
