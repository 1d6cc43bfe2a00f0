//===- FakeCuda.h - A CUDA driver without a GPU --------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A shared library that exports the driver's functions, so that what Braid asks
// of a driver can be tested on any machine. Memory of its device is memory of the
// process; kernels are recorded, not run. A test reads and writes the one FakeCuda
// that `fake_cuda` returns. Nothing here allocates while kernels are launched.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_UNIT_RUNTIME_FAKECUDA_H
#define BRAID_TEST_UNIT_RUNTIME_FAKECUDA_H

#include <cstddef>
#include <cstdint>

namespace braid::test {

struct FakeCuda {
  static constexpr int most = 32;

  // What there is.
  int version = 12040, deviceCount = 1, capability = 90, multiprocessors = 132, maxShared = 232448;
  uint64_t totalBytes = uint64_t{1} << 37, freeBytes = uint64_t{1} << 36;

  /// A kernel that every module holds.
  struct Kernel {
    const char *name;
    size_t parameterCount;
    size_t parameterBytes[17];
    int maxThreads = 1024, requiredCluster = 0, blocksPerMultiprocessor = 1;
  };
  Kernel kernels[most];
  int kernelCount = 0;

  /// The next call of a function fails with this result; one that ends the context does so for good.
  const char *failing = nullptr;
  int failure = 0;
  int ended = 0;

  // What was asked.
  struct Launch {
    const Kernel *kernel;
    unsigned grid[3], block[3], sharedBytes, cluster; // cluster: 0 if the launch names none
    void *stream;
    unsigned char arguments[2048];
    uint64_t maps[16][16];
  };
  Launch launches[most];
  long launchCount = 0;

  struct Encoding {
    int type, interleave, swizzle, promotion, fill;
    uint32_t rank;
    uint64_t address, sizes[5], strides[5];
    uint32_t box[5], elementStrides[5];
  };
  /// The n-th one lies, n, in the first word of the map that it made.
  Encoding encodings[most];
  long encodingCount = 0;

  int contexts = 0, modules = 0, events = 0, sharedGranted = 0, nonPortableClusters = 0;
  long allocations = 0, synchronizations = 0;
  /// The thread's context: null, the device's, or whatever a test puts there.
  void *current = nullptr;
};

} // namespace braid::test

#endif // BRAID_TEST_UNIT_RUNTIME_FAKECUDA_H
