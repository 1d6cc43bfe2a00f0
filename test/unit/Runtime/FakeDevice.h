//===- FakeDevice.h - The fake CUDA device as a test sees it -- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_UNIT_RUNTIME_FAKEDEVICE_H
#define BRAID_TEST_UNIT_RUNTIME_FAKEDEVICE_H

#include "FakeCuda.h"
#include "Tiny.h"
#include "braid/Formats/Artifact.h"

#include <cstdlib>
#include <dlfcn.h>
#include <elf.h>

namespace braid::test {

using DeviceHandle = std::unique_ptr<braid_device, Destroy<braid_device_destroy>>;
using EventHandle = std::unique_ptr<braid_event, Destroy<braid_event_destroy>>;
using KernelsHandle = std::unique_ptr<braid_kernels, Destroy<braid_kernels_destroy>>;

/// The smallest bytes that pass for a cubin.
inline std::string fakeCubin() {
  Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  return {reinterpret_cast<const char *>(&header), sizeof header};
}

/// y = x w^T with two maps, a float and an index between the views.
inline GpuKernel linearKernel() {
  GpuKernel kernel;
  kernel.name = "linear";
  kernel.threads = 384;
  kernel.sharedBytes = 200000;
  kernel.persistent = true;
  kernel.arguments = {{DType::BF16, {GpuKernel::dynamic, 64}, {80, 1}},
                      {DType::F32, {}, {}},
                      {DType::BF16, {3, 32, 64}, {2048, 64, 1}},
                      {DType::I64, {}, {}},
                      {DType::F32, {GpuKernel::dynamic, 32}, {32, 1}}};
  kernel.tensorMaps = {{0, {128, 64}, 128}, {2, {1, 32, 32}, 64}};
  kernel.images = {{"sm_90a", 0, fakeCubin().size()}};
  return kernel;
}

/// The fake driver, new for each test, and an artifact of one kernel.
class FakeDevice : public ::testing::Test {
protected:
  void SetUp() override {
    ::setenv("BRAID_CUDA_DRIVER", BRAID_FAKE_CUDA, 1);
    void *library = ::dlopen(BRAID_FAKE_CUDA, RTLD_NOW);
    ASSERT_TRUE(library) << ::dlerror();
    auto get = reinterpret_cast<FakeCuda *(*)()>(::dlsym(library, "fake_cuda"));
    ASSERT_TRUE(get);
    fake = get();
    *fake = FakeCuda();
    addKernel(linearKernel());
  }
  void TearDown() override {
    kernels.reset();
    device.reset();
    ::unsetenv("BRAID_CUDA_DRIVER");
  }

  /// What a module of the driver holds: a kernel whose parameters are as the contract says.
  FakeCuda::Kernel &addKernel(const GpuKernel &kernel) {
    FakeCuda::Kernel &added = fake->kernels[fake->kernelCount++];
    names.push_back(std::make_unique<std::string>(kernel.name));
    added = {names.back()->c_str(), 1 + kernel.tensorMaps.size(), {kernel.layout().bytes}};
    for (size_t i = 0; i < kernel.tensorMaps.size(); ++i)
      added.parameterBytes[1 + i] = 128;
    return added;
  }

  Status open() {
    braid_device *opened = nullptr;
    Status status = take(braid_device_open("cuda:0", &opened));
    device.reset(opened);
    return status;
  }
  /// Opens the device and an artifact with these kernels, which share one image.
  Status load(const std::vector<GpuKernel> &table, const std::string &image = fakeCubin()) {
    if (!device)
      BRAID_TRY(open());
    BRAID_TRY(writeArtifact(folder.path("k.so"), "", kernelManifest(table), image));
    braid_kernels *loaded = nullptr;
    Status status = take(braid_kernels_open(device.get(), folder.path("k.so").c_str(), &loaded));
    kernels.reset(loaded);
    return status;
  }
  /// Starts the kernel of linearKernel() on `rows` rows.
  Status launch(int64_t rows, std::vector<int64_t> grid = {1, 1, 1}, void *stream = nullptr, uint64_t base = 0x1000) {
    float scale = 0.5f;
    int64_t index = -7;
    const int64_t x[] = {rows, 64}, w[] = {3, 32, 64}, y[] = {rows, 32};
    const braid_argument arguments[] = {{reinterpret_cast<void *>(base), x, 2},
                                        {&scale, nullptr, 0},
                                        {reinterpret_cast<void *>(uint64_t{0x20000}), w, 3},
                                        {&index, nullptr, 0},
                                        {reinterpret_cast<void *>(uint64_t{0x30000}), y, 2}};
    return take(braid_kernels_launch(kernels.get(), 0, arguments, 5, grid.data(), stream));
  }
  const FakeCuda::Launch &lastLaunch() const { return fake->launches[(fake->launchCount - 1) % FakeCuda::most]; }
  void fail(const char *function, int code) {
    fake->failing = function;
    fake->failure = code;
  }

  FakeCuda *fake = nullptr;
  TemporaryFolder folder;
  DeviceHandle device;
  KernelsHandle kernels;
  std::vector<std::unique_ptr<std::string>> names;
};

} // namespace braid::test

#endif // BRAID_TEST_UNIT_RUNTIME_FAKEDEVICE_H
