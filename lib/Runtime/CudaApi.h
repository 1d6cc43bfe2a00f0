//===- CudaApi.h - What Braid uses of the CUDA driver ---------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Types, constants and functions of libcuda.so.1 as they lie in the binary
// interface that NVIDIA documents and keeps. Braid builds without CUDA's headers.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_CUDAAPI_H
#define BRAID_RUNTIME_CUDAAPI_H

#include <cstddef>
#include <cstdint>

namespace braid::cuda {

using Result = int;
using Device = int;
using Address = unsigned long long; // CUdeviceptr
using Context = struct ContextImpl *;
using Module = struct ModuleImpl *;
using Function = struct FunctionImpl *;
using Stream = struct StreamImpl *;
using Event = struct EventImpl *;

/// Results that Braid tells apart; all others are told by the driver's own words.
enum : Result {
  Success = 0,
  InvalidValue = 1,
  OutOfMemory = 2,
  StubLibrary = 34,
  NoDevice = 100,
  InvalidImage = 200,
  NoBinaryForGpu = 209,
  EccUncorrectable = 214,
  Contained = 226,
  NotFound = 500,
  IllegalAddress = 700,
  LaunchOutOfResources = 701,
  LaunchTimeout = 702,
  Assert = 710,
  HardwareStackError = 714,
  LaunchFailed = 719,
  SystemDriverMismatch = 803,
  CompatNotSupportedOnDevice = 804,
};

enum DeviceAttribute : int {
  MultiprocessorCount = 16,
  ComputeCapabilityMajor = 75,
  ComputeCapabilityMinor = 76,
  MaxSharedMemoryPerBlockOptin = 97,
};

enum FunctionAttribute : int {
  MaxThreadsPerBlock = 0,
  MaxDynamicSharedBytes = 8,
  RequiredClusterWidth = 11,
  NonPortableClusterSizeAllowed = 14,
};

/// CUlaunchAttribute with the one value that Braid sets.
struct LaunchAttribute {
  int id;
  char pad[4];
  union {
    char bytes[64];
    struct {
      unsigned x, y, z;
    } cluster;
  } value;
};
constexpr int clusterDimension = 4; // CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION

struct LaunchConfig {
  unsigned gridX, gridY, gridZ, blockX, blockY, blockZ, sharedBytes;
  Stream stream;
  LaunchAttribute *attributes;
  unsigned attributeCount;
};

struct alignas(64) TensorMap {
  uint64_t opaque[16];
};

enum TensorMapType : int { MapI32 = 3, MapI64 = 5, MapF16 = 6, MapF32 = 7, MapF64 = 8, MapBF16 = 9 };
enum TensorMapSwizzle : int { Swizzle0 = 0, Swizzle32 = 1, Swizzle64 = 2, Swizzle128 = 3 };
constexpr int noInterleave = 0, promoteL2To128 = 2, fillZeros = 0;

static_assert(sizeof(LaunchAttribute) == 72 && sizeof(LaunchConfig) == 56 && sizeof(TensorMap) == 128);

/// Every driver function that Braid needs: X(name, parameters). All exist since CUDA 12.0.
#define BRAID_CUDA_FUNCTIONS(X)                                                                                        \
  X(cuInit, (unsigned flags))                                                                                          \
  X(cuDriverGetVersion, (int *version))                                                                                \
  X(cuGetErrorName, (Result error, const char **text))                                                                 \
  X(cuGetErrorString, (Result error, const char **text))                                                               \
  X(cuDeviceGetCount, (int *count))                                                                                    \
  X(cuDeviceGet, (Device *device, int index))                                                                          \
  X(cuDeviceGetName, (char *name, int bytes, Device device))                                                           \
  X(cuDeviceGetAttribute, (int *value, int attribute, Device device))                                                  \
  X(cuDeviceTotalMem_v2, (size_t *bytes, Device device))                                                               \
  X(cuDevicePrimaryCtxRetain, (Context *context, Device device))                                                       \
  X(cuDevicePrimaryCtxRelease_v2, (Device device))                                                                     \
  X(cuCtxGetCurrent, (Context *context))                                                                               \
  X(cuCtxPushCurrent_v2, (Context context))                                                                            \
  X(cuCtxPopCurrent_v2, (Context *context))                                                                            \
  X(cuCtxSynchronize, ())                                                                                              \
  X(cuStreamSynchronize, (Stream stream))                                                                              \
  X(cuMemGetInfo_v2, (size_t *free, size_t *total))                                                                    \
  X(cuMemAlloc_v2, (Address *address, size_t bytes))                                                                   \
  X(cuMemFree_v2, (Address address))                                                                                   \
  X(cuMemcpyAsync, (Address to, Address from, size_t bytes, Stream stream))                                            \
  X(cuMemsetD8Async, (Address to, unsigned char value, size_t bytes, Stream stream))                                   \
  X(cuEventCreate, (Event *event, unsigned flags))                                                                     \
  X(cuEventDestroy_v2, (Event event))                                                                                  \
  X(cuEventRecord, (Event event, Stream stream))                                                                       \
  X(cuEventSynchronize, (Event event))                                                                                 \
  X(cuEventElapsedTime, (float *milliseconds, Event start, Event stop))                                                \
  X(cuModuleLoadData, (Module *module, const void *image))                                                             \
  X(cuModuleUnload, (Module module))                                                                                   \
  X(cuModuleGetFunction, (Function *function, Module module, const char *name))                                        \
  X(cuFuncGetAttribute, (int *value, int attribute, Function function))                                                \
  X(cuFuncSetAttribute, (Function function, int attribute, int value))                                                 \
  X(cuOccupancyMaxActiveBlocksPerMultiprocessor, (int *blocks, Function function, int threads, size_t sharedBytes))    \
  X(cuLaunchKernelEx, (const LaunchConfig *config, Function function, void **parameters, void **extra))                \
  X(cuTensorMapEncodeTiled,                                                                                            \
    (TensorMap *map, int type, uint32_t rank, void *address, const uint64_t *sizes, const uint64_t *strides,           \
     const uint32_t *box, const uint32_t *elementStrides, int interleave, int swizzle, int promotion, int fill))

/// Those that a driver may lack: since CUDA 12.4.
#define BRAID_CUDA_OPTIONAL_FUNCTIONS(X)                                                                               \
  X(cuFuncGetParamInfo, (Function function, size_t index, size_t *offset, size_t *bytes))

struct Functions {
#define BRAID_CUDA_DECLARE(name, parameters) Result(*name) parameters = nullptr;
  BRAID_CUDA_FUNCTIONS(BRAID_CUDA_DECLARE)
  BRAID_CUDA_OPTIONAL_FUNCTIONS(BRAID_CUDA_DECLARE)
#undef BRAID_CUDA_DECLARE
};

} // namespace braid::cuda

#endif // BRAID_RUNTIME_CUDAAPI_H
