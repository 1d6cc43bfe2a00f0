//===- KernelsTest.cpp - Tests of kernels on the fake CUDA device ---------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Device.h"
#include "FakeDevice.h"
#include "HostServices.h"

using namespace braid;
using namespace braid::test;

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

TEST_F(FakeDevice, KernelsDescribeThemselves) {
  ASSERT_TRUE(isOk(load({linearKernel()})));
  EXPECT_EQ(braid_kernels_count(kernels.get()), 1);
  EXPECT_EQ(braid_kernels_find(kernels.get(), "linear"), 0);
  EXPECT_EQ(braid_kernels_find(kernels.get(), "line"), -1);
  braid_kernel_info info = {};
  info.size = sizeof info;
  ASSERT_TRUE(isOk(take(braid_kernels_kernel(kernels.get(), 0, &info))));
  EXPECT_STREQ(info.name, "linear");
  EXPECT_EQ(info.threads, 384);
  EXPECT_EQ(info.shared_bytes, 200000);
  EXPECT_EQ(info.persistent, 1);
  EXPECT_EQ(info.argument_count, 5);
  EXPECT_EQ(info.tensor_map_count, 2);
  braid_kernel_argument_info argument = {};
  argument.size = sizeof argument;
  ASSERT_TRUE(isOk(take(braid_kernels_argument(kernels.get(), 0, 2, &argument))));
  EXPECT_STREQ(argument.dtype, "bf16");
  ASSERT_EQ(argument.rank, 3u);
  EXPECT_EQ(argument.shape[1], 32);
  EXPECT_EQ(argument.strides[0], 2048);
  ASSERT_TRUE(isOk(take(braid_kernels_argument(kernels.get(), 0, 3, &argument))));
  EXPECT_STREQ(argument.dtype, "i64");
  EXPECT_EQ(argument.rank, 0u);
  EXPECT_TRUE(fails(take(braid_kernels_kernel(kernels.get(), 1, &info)), StatusCode::Usage, {"below 1, found 1"}));
  EXPECT_TRUE(fails(take(braid_kernels_argument(kernels.get(), 0, 5, &argument)), StatusCode::Usage, {"below 5"}));
  EXPECT_EQ(fake->sharedGranted, 200000);
}

TEST_F(FakeDevice, KernelsOfOneImageShareAModule) {
  GpuKernel second = linearKernel();
  second.name = "second";
  addKernel(second);
  ASSERT_TRUE(isOk(load({linearKernel(), second})));
  EXPECT_EQ(fake->modules, 1);
  // Kernels outlive the handle of their device.
  device.reset();
  EXPECT_TRUE(isOk(launch(5)));
  kernels.reset();
  EXPECT_EQ(fake->modules, 0);
  EXPECT_EQ(fake->contexts, 0);
}

TEST_F(FakeDevice, AnotherArchitectureIsAnErrorThatNamesBoth) {
  fake->capability = 80;
  EXPECT_TRUE(fails(load({linearKernel()}), StatusCode::Unsupported,
                    {"k.so: kernel 'linear': expected code for sm_80", "'cuda:0', Fake GPU", "found code for sm_90a"}));
  device.reset();
  fake->capability = 100;
  EXPECT_TRUE(fails(load({linearKernel()}), StatusCode::Unsupported, {"sm_100", "sm_90a"}));
}

TEST_F(FakeDevice, TheImageOfThisChipIsChosen) {
  std::string image = fakeCubin();
  GpuKernel kernel = linearKernel();
  kernel.images = {{"sm_80", 1000, image.size()}, {"sm_90", image.size(), image.size()}, {"sm_90a", 0, image.size()}};
  std::string images = image + std::string(image.size(), 'x');
  images.resize(1000, 'x');
  images += std::string(image.size(), 'x');
  // Only the image for sm_90a could be loaded.
  EXPECT_TRUE(isOk(load({kernel}, images)));
  kernel.images[2].arch = "sm_100a";
  EXPECT_TRUE(fails(load({kernel}, images), StatusCode::BadInput, {"image for sm_90 at 64: expected a whole cubin"}));
}

TEST_F(FakeDevice, CodeThatDoesNotFitIsAnError) {
  struct Case {
    std::function<void(GpuKernel &, FakeCuda::Kernel &)> change;
    StatusCode code;
    std::string fragment;
  };
  const Case cases[] = {
      {[](GpuKernel &k, FakeCuda::Kernel &) { k.name = "none"; }, StatusCode::BadInput,
       "kernel 'none': expected it in the image for sm_90a, found no such symbol"},
      {[](GpuKernel &, FakeCuda::Kernel &f) { f.parameterBytes[0] += 8; }, StatusCode::BadInput,
       "expected a parameter 0 of 80 bytes, found 88"},
      {[](GpuKernel &, FakeCuda::Kernel &f) { f.parameterBytes[2] = 64; }, StatusCode::BadInput,
       "expected a parameter 2 of 128 bytes, found 64"},
      {[](GpuKernel &, FakeCuda::Kernel &f) { f.parameterCount = 2; }, StatusCode::BadInput,
       "expected 3 parameters, found 2"},
      {[](GpuKernel &, FakeCuda::Kernel &f) { f.parameterCount = 4; }, StatusCode::BadInput,
       "expected 3 parameters, found more"},
      {[](GpuKernel &, FakeCuda::Kernel &f) { f.maxThreads = 256; }, StatusCode::BadInput,
       "expected at most the 256 threads of its code, found 384"},
      {[](GpuKernel &, FakeCuda::Kernel &f) { f.requiredCluster = 2; }, StatusCode::BadInput,
       "expected a cluster of the 2 blocks that its code requires, found 1"},
      {[](GpuKernel &k, FakeCuda::Kernel &) { k.sharedBytes = 232449; }, StatusCode::Unsupported,
       "expected at most 232448 bytes of shared memory, found 232449"},
      {[](GpuKernel &, FakeCuda::Kernel &f) { f.blocksPerMultiprocessor = 0; }, StatusCode::Unsupported,
       "expected a block that fits a multiprocessor, found one of 384 threads and 200000 bytes"},
  };
  for (const Case &c : cases) {
    GpuKernel kernel = linearKernel();
    fake->kernelCount = 0;
    c.change(kernel, addKernel(kernel));
    EXPECT_TRUE(fails(load({kernel}), c.code, {"k.so: kernel", c.fragment})) << c.fragment;
    EXPECT_EQ(fake->modules, 0);
  }
}

TEST_F(FakeDevice, ImagesThatDoNotLoadAreErrors) {
  EXPECT_TRUE(fails(load({linearKernel()}, std::string(fakeCubin().size(), 'x')), StatusCode::BadInput,
                    {"k.so: image for sm_90a at 0: expected a whole cubin"}));
  std::string tableOutside = fakeCubin();
  tableOutside[offsetof(Elf64_Ehdr, e_shoff)] = 60;
  tableOutside[offsetof(Elf64_Ehdr, e_shnum)] = 1;
  tableOutside[offsetof(Elf64_Ehdr, e_shentsize)] = 64;
  EXPECT_TRUE(fails(load({linearKernel()}, tableOutside), StatusCode::BadInput, {"expected a whole cubin"}));
  fail("cuModuleLoadData", 209);
  EXPECT_TRUE(fails(load({linearKernel()}), StatusCode::Unsupported,
                    {"code that the driver for CUDA 12.4 takes", "CUDA_ERROR_NO_BINARY_FOR_GPU"}));
  EXPECT_TRUE(fails(writeArtifact(folder.path("k.so"), "", kernelManifest({linearKernel()}), "x"),
                    StatusCode::BadInput, {"expected 64 bytes of images", "found 1"}));
}

TEST_F(FakeDevice, KernelsNeedAnArtifactThatHasSome) {
  ASSERT_TRUE(isOk(open()));
  braid_kernels *loaded = nullptr;
  EXPECT_TRUE(fails(take(braid_kernels_open(device.get(), BRAID_TINY_ARTIFACT, &loaded)), StatusCode::Unsupported,
                    {"expected an artifact with GPU kernels"}));
  ASSERT_TRUE(isOk(load({linearKernel()})));
  braid_device *cpu = nullptr;
  ASSERT_TRUE(isOk(take(braid_device_open("cpu", &cpu))));
  DeviceHandle handle(cpu);
  EXPECT_TRUE(fails(take(braid_kernels_open(cpu, folder.path("k.so").c_str(), &loaded)), StatusCode::Unsupported,
                    {"expected a CUDA device", "found 'cpu'"}));
  braid_program *program = nullptr;
  braid_program_options options = seedOptions(1);
  EXPECT_TRUE(fails(take(braid_program_load(folder.path("k.so").c_str(), &options, &program)), StatusCode::Unsupported,
                    {"expected an artifact with entry points"}));
}

//===----------------------------------------------------------------------===//
// Launching
//===----------------------------------------------------------------------===//

TEST_F(FakeDevice, ParametersAreAsTheContractSays) {
  ASSERT_TRUE(isOk(load({linearKernel()})));
  int stream = 0;
  ASSERT_TRUE(isOk(launch(1000, {4, 2, 3}, &stream)));
  const FakeCuda::Launch &launched = lastLaunch();
  EXPECT_EQ(launched.stream, &stream);
  EXPECT_EQ(launched.block[0], 384u);
  EXPECT_EQ(launched.sharedBytes, 200000u);
  EXPECT_EQ(launched.cluster, 0u);
  struct {
    uint64_t x;
    int64_t xRows;
    float scale;
    uint64_t w;
    int64_t index;
    uint64_t y;
    int64_t yRows, grid[3];
  } expected = {}, found;
  static_assert(sizeof expected == 80);
  EXPECT_EQ(launched.kernel->parameterBytes[0], sizeof expected);
  std::memcpy(&found, launched.arguments, sizeof found);
  EXPECT_EQ(found.x, 0x1000u);
  EXPECT_EQ(found.xRows, 1000);
  EXPECT_EQ(found.scale, 0.5f);
  EXPECT_EQ(found.w, 0x20000u);
  EXPECT_EQ(found.index, -7);
  EXPECT_EQ(found.y, 0x30000u);
  EXPECT_EQ(found.yRows, 1000);
  EXPECT_EQ(found.grid[0], 4);
  EXPECT_EQ(found.grid[1], 2);
  EXPECT_EQ(found.grid[2], 3);
}

TEST_F(FakeDevice, TensorMapsFollowTheView) {
  ASSERT_TRUE(isOk(load({linearKernel()})));
  ASSERT_TRUE(isOk(launch(1000)));
  ASSERT_EQ(fake->encodingCount, 2);
  const FakeCuda::Encoding &x = fake->encodings[lastLaunch().maps[0][0]], &w = fake->encodings[lastLaunch().maps[1][0]];
  EXPECT_EQ(x.address, 0x1000u);
  EXPECT_EQ(x.type, 9); // bf16
  ASSERT_EQ(x.rank, 2u);
  EXPECT_EQ(x.sizes[0], 64u);
  EXPECT_EQ(x.sizes[1], 1000u);
  EXPECT_EQ(x.strides[0], 160u);
  EXPECT_EQ(x.box[0], 64u);
  EXPECT_EQ(x.box[1], 128u);
  EXPECT_EQ(x.swizzle, 3); // 128 bytes
  EXPECT_EQ(w.address, 0x20000u);
  ASSERT_EQ(w.rank, 3u);
  EXPECT_EQ(w.sizes[0], 64u);
  EXPECT_EQ(w.sizes[1], 32u);
  EXPECT_EQ(w.sizes[2], 3u);
  EXPECT_EQ(w.strides[0], 128u);
  EXPECT_EQ(w.strides[1], 4096u);
  EXPECT_EQ(w.box[0], 32u);
  EXPECT_EQ(w.box[1], 32u);
  EXPECT_EQ(w.box[2], 1u);
  EXPECT_EQ(w.swizzle, 2); // 64 bytes
  for (const FakeCuda::Encoding *map : {&x, &w}) {
    EXPECT_EQ(map->interleave, 0);
    EXPECT_EQ(map->promotion, 2); // 128 bytes
    EXPECT_EQ(map->fill, 0);      // zeros
    for (uint32_t d = 0; d < map->rank; ++d)
      EXPECT_EQ(map->elementStrides[d], 1u);
  }
}

TEST_F(FakeDevice, TensorMapsAreMadeOnceForAnAddressAndSizes) {
  ASSERT_TRUE(isOk(load({linearKernel()})));
  for (int round = 0; round < 3; ++round)
    for (int64_t rows = 1; rows <= 100; ++rows) {
      ASSERT_TRUE(isOk(launch(rows)));
      const FakeCuda::Launch &launched = lastLaunch();
      // Which map it is shows in the number that the fake put into it: one for w, then one per x.
      EXPECT_EQ(launched.maps[0][0], static_cast<uint64_t>(rows == 1 ? 0 : rows)) << rows;
      EXPECT_EQ(launched.maps[1][0], 1u);
    }
  EXPECT_EQ(fake->encodingCount, 101);
  ASSERT_TRUE(isOk(launch(1, {1, 1, 1}, nullptr, 0x1010)));
  EXPECT_EQ(fake->encodingCount, 102);
}

TEST_F(FakeDevice, MoreTensorMapsThanAreKeptAreMadeAgain) {
  ASSERT_TRUE(isOk(load({linearKernel()})));
  for (int round = 0; round < 2; ++round)
    for (int64_t rows = 1; rows <= 5000; ++rows) {
      ASSERT_TRUE(isOk(launch(rows)));
      uint64_t number = lastLaunch().maps[0][0];
      ASSERT_LT(number, static_cast<uint64_t>(fake->encodingCount));
      if (static_cast<uint64_t>(fake->encodingCount) - number <= FakeCuda::most) {
        ASSERT_EQ(fake->encodings[number % FakeCuda::most].sizes[1], static_cast<uint64_t>(rows));
      }
    }
  EXPECT_GT(fake->encodingCount, 5001);
}

TEST_F(FakeDevice, GridsOfPersistentKernels) {
  ASSERT_TRUE(isOk(load({linearKernel()})));
  auto blocks = [&](std::vector<int64_t> grid) {
    EXPECT_TRUE(isOk(launch(8, grid)));
    EXPECT_EQ(lastLaunch().grid[1], 1u);
    EXPECT_EQ(lastLaunch().grid[2], 1u);
    return lastLaunch().grid[0];
  };
  EXPECT_EQ(blocks({1, 1, 1}), 1u);
  EXPECT_EQ(blocks({11, 4, 3}), 132u);
  EXPECT_EQ(blocks({131, 1, 1}), 131u);
  EXPECT_EQ(blocks({int64_t{1} << 40, 1, 1}), 132u);
  long before = fake->launchCount;
  EXPECT_TRUE(isOk(launch(8, {5, 0, 1})));
  EXPECT_TRUE(isOk(launch(0, {0, 1, 1})));
  EXPECT_EQ(fake->launchCount, before);
  EXPECT_TRUE(fails(launch(8, {5, -1, 1}), StatusCode::Usage, {"kernel 'linear'", "negative", "[5, -1, 1]"}));
  EXPECT_TRUE(fails(launch(8, {int64_t{1} << 32, int64_t{1} << 32, 1}), StatusCode::Usage, {"fewer than 2^64"}));
}

TEST_F(FakeDevice, GridsOfPersistentKernelsInClusters) {
  GpuKernel kernel = linearKernel();
  kernel.cluster = 4;
  fake->kernels[0].requiredCluster = 4;
  fake->kernels[0].blocksPerMultiprocessor = 2;
  fake->multiprocessors = 33;
  ASSERT_TRUE(isOk(load({kernel})));
  ASSERT_TRUE(isOk(launch(8, {1000, 1, 1})));
  EXPECT_EQ(lastLaunch().grid[0], 64u); // 66 in whole clusters
  EXPECT_EQ(lastLaunch().cluster, 0u);  // the code says it
  ASSERT_TRUE(isOk(launch(8, {5, 1, 1})));
  EXPECT_EQ(lastLaunch().grid[0], 8u);
}

TEST_F(FakeDevice, GridsOfOtherKernels) {
  GpuKernel kernel = linearKernel();
  kernel.persistent = false;
  kernel.cluster = 16;
  ASSERT_TRUE(isOk(load({kernel})));
  EXPECT_EQ(fake->nonPortableClusters, 1);
  ASSERT_TRUE(isOk(launch(8, {40, 2, 3})));
  EXPECT_EQ(lastLaunch().grid[0], 240u);
  EXPECT_EQ(lastLaunch().cluster, 16u); // the code does not say it
  EXPECT_TRUE(fails(launch(8, {40, 1, 1}), StatusCode::Usage, {"a multiple of the cluster's 16", "[40, 1, 1]"}));
  EXPECT_TRUE(fails(launch(8, {int64_t{1} << 31, 1, 1}), StatusCode::Usage, {"fewer than 2^31"}));
}

TEST_F(FakeDevice, ArgumentsThatDoNotFitAreErrors) {
  ASSERT_TRUE(isOk(load({linearKernel()})));
  float scale = 1;
  const int64_t x[] = {8, 64}, w[] = {3, 32, 64}, y[] = {8, 32}, wrong[] = {8, 63}, negative[] = {-8, 64};
  void *some = reinterpret_cast<void *>(uint64_t{0x1000});
  const std::vector<braid_argument> good = {{some, x, 2}, {&scale, nullptr, 0}, {some, w, 3}, {&scale, nullptr, 0}, {some, y, 2}};
  auto run = [&](size_t changed, braid_argument argument, size_t count = 5) {
    std::vector<braid_argument> arguments = good;
    arguments[changed] = argument;
    const int64_t grid[] = {1, 1, 1};
    return take(braid_kernels_launch(kernels.get(), 0, arguments.data(), count, grid, nullptr));
  };
  EXPECT_TRUE(fails(run(0, good[0], 4), StatusCode::Usage, {"kernel 'linear': expected 5 arguments, found 4"}));
  EXPECT_TRUE(fails(run(0, {some, x, 1}), StatusCode::Usage, {"argument 0: expected a view of 2 sizes, found 1"}));
  EXPECT_TRUE(fails(run(2, {some, nullptr, 3}), StatusCode::Usage, {"argument 2: expected a view of 3 sizes, found 0"}));
  EXPECT_TRUE(fails(run(0, {some, wrong, 2}), StatusCode::Usage, {"argument 0: expected size 64 in dimension 1, found 63"}));
  EXPECT_TRUE(fails(run(0, {some, negative, 2}), StatusCode::Usage, {"a size of at least 0 in dimension 0, found -8"}));
  EXPECT_TRUE(fails(run(1, {nullptr, nullptr, 0}), StatusCode::Usage, {"argument 1: expected the address of one f32, found NULL"}));
  EXPECT_TRUE(fails(run(3, {some, x, 2}), StatusCode::Usage, {"argument 3: expected the address of one i64, found a view"}));
  EXPECT_EQ(fake->launchCount, 0);
}

TEST_F(FakeDevice, TensorMapsThatCannotBeAreErrors) {
  ASSERT_TRUE(isOk(load({linearKernel()})));
  EXPECT_TRUE(fails(launch(8, {1, 1, 1}, nullptr, 0x1008), StatusCode::BadInput,
                    {"kernel 'linear': tensor map of argument 0: expected an address of a multiple of 16, found 4104"}));
  EXPECT_TRUE(fails(launch(0), StatusCode::BadInput, {"expected a size from 1 to 2^32 in dimension 0, found 0"}));
  EXPECT_TRUE(fails(launch((int64_t{1} << 32) + 1), StatusCode::BadInput, {"found 4294967297"}));
  fail("cuTensorMapEncodeTiled", 1);
  EXPECT_TRUE(fails(launch(8), StatusCode::BadInput,
                    {"sizes [8, 64], strides [80, 1] of bf16, a box of [128, 64] and a swizzle of 128 bytes",
                     "CUDA_ERROR_INVALID_VALUE"}));
  EXPECT_EQ(fake->launchCount, 0);
  EXPECT_TRUE(isOk(launch(8)));
}

//===----------------------------------------------------------------------===//
// Failures
//===----------------------------------------------------------------------===//

TEST_F(FakeDevice, AFailedLaunchNamesWhatWasAsked) {
  ASSERT_TRUE(isOk(load({linearKernel()})));
  fail("cuLaunchKernelEx", 701);
  EXPECT_TRUE(fails(launch(8), StatusCode::Internal,
                    {"cannot start kernel 'linear' with 1 blocks of 384 threads, 200000 bytes of shared memory",
                     "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"}));
  EXPECT_TRUE(isOk(launch(8)));
}

TEST_F(FakeDevice, AnIllegalAddressNamesTheKernelAndStays) {
  ASSERT_TRUE(isOk(load({linearKernel()})));
  ASSERT_TRUE(isOk(launch(8)));
  ASSERT_TRUE(isOk(take(braid_device_synchronize(device.get(), nullptr))));
  ASSERT_TRUE(isOk(launch(8)));
  fail("cuCtxSynchronize", 700);
  std::string message = "device 'cuda:0': kernel 'linear': expected it to end, found: an illegal memory access was "
                        "encountered (CUDA_ERROR_ILLEGAL_ADDRESS); this process cannot use the device any more";
  Status status = take(braid_device_synchronize(device.get(), nullptr));
  EXPECT_EQ(status.code(), StatusCode::Internal);
  EXPECT_EQ(status.message(), message);
  // All that follows fails in the same words.
  void *memory = nullptr;
  EXPECT_TRUE(fails(take(braid_device_allocate(device.get(), 8, &memory)), StatusCode::Internal, {message}));
  EXPECT_TRUE(fails(launch(8), StatusCode::Internal, {message}));
  braid_event *event = nullptr;
  EXPECT_TRUE(fails(take(braid_event_create(device.get(), &event)), StatusCode::Internal, {message}));
}

TEST_F(FakeDevice, AFailureAfterSeveralLaunchesSaysSo) {
  ASSERT_TRUE(isOk(load({linearKernel()})));
  int streams[2];
  ASSERT_TRUE(isOk(launch(8, {1, 1, 1}, &streams[0])));
  ASSERT_TRUE(isOk(take(braid_device_synchronize(device.get(), &streams[0]))));
  ASSERT_TRUE(isOk(launch(8, {1, 1, 1}, &streams[0])));
  ASSERT_TRUE(isOk(launch(8, {1, 1, 1}, &streams[1])));
  // One stream's end says nothing about the other.
  ASSERT_TRUE(isOk(take(braid_device_synchronize(device.get(), &streams[1]))));
  ASSERT_TRUE(isOk(launch(8, {1, 1, 1}, &streams[1])));
  fail("cuMemcpyAsync", 700);
  EXPECT_TRUE(fails(take(braid_device_copy(device.get(), &device, &device, 8, nullptr)), StatusCode::Internal,
                    {"kernel 'linear', or one of the 2 started before it", "CUDA_LAUNCH_BLOCKING=1"}));
}

TEST_F(FakeDevice, AFailureOfOthersIsNotBlamedOnUs) {
  ASSERT_TRUE(isOk(open()));
  fail("cuCtxSynchronize", 700);
  EXPECT_TRUE(fails(take(braid_device_synchronize(device.get(), nullptr)), StatusCode::Internal,
                    {"a kernel that others started"}));
}

//===----------------------------------------------------------------------===//
// Host programs
//===----------------------------------------------------------------------===//

namespace {
struct LinearArguments {
  uint64_t x;
  int64_t xRows;
  float scale;
  uint64_t w;
  int64_t index;
  uint64_t y;
  int64_t yRows, grid[3];
};

/// An entry point as a compiler makes it: a kernel on the CPU, then one on the GPU for each of the call's rows.
int32_t entry(const braid_host_api *api, const braid_call *call) {
  api->parallel_for(
      api->context, [](const void *done, int64_t block, void *) { (*static_cast<int64_t *const *>(done))[block] = 1; },
      &call->states, 2);
  for (int64_t row = 0; row < call->b; ++row) {
    LinearArguments arguments = {0x1000, row + 1, 0.25f, 0x20000, row, 0x30000, row + 1, {row + 1, 1, 1}};
    api->launch(api->context, call->n, &arguments);
  }
  return 0;
}
} // namespace

TEST_F(FakeDevice, HostProgramsStartKernels) {
  auto opened = Device::open("cuda:0");
  ASSERT_TRUE(isOk(opened));
  auto loaded = (*opened)->load({linearKernel()}, fakeCubin(), "k.so");
  ASSERT_TRUE(isOk(loaded));
  auto pool = ThreadPool::create(2, 0);
  ASSERT_TRUE(isOk(pool));
  int stream = 0;
  HostServices services(**pool, **loaded, &stream);
  int64_t done[2] = {};
  braid_call call = {};
  call.states = reinterpret_cast<void *const *>(done);
  call.b = 3;
  EXPECT_EQ(entry(services.api(), &call), 0);
  EXPECT_TRUE(isOk(services.takeFailure()));
  EXPECT_EQ(done[0] + done[1], 2);
  EXPECT_EQ(fake->launchCount, 3);
  LinearArguments last;
  std::memcpy(&last, lastLaunch().arguments, sizeof last);
  EXPECT_EQ(last.xRows, 3);
  EXPECT_EQ(last.index, 2);
  EXPECT_EQ(lastLaunch().grid[0], 3u);
  EXPECT_EQ(lastLaunch().stream, &stream);
  // The first failure of a call is what it ends with; nothing starts after it.
  fail("cuLaunchKernelEx", 701);
  EXPECT_EQ(entry(services.api(), &call), 0);
  EXPECT_EQ(fake->launchCount, 3);
  EXPECT_TRUE(fails(services.takeFailure(), StatusCode::Internal, {"cannot start kernel 'linear'"}));
  EXPECT_TRUE(isOk(services.takeFailure()));
  call.n = 1;
  EXPECT_EQ(entry(services.api(), &call), 0);
  EXPECT_TRUE(fails(services.takeFailure(), StatusCode::BadInput, {"a kernel below 1, found kernel 1"}));
}
