//===- DeviceTest.cpp - Tests of devices, with a fake CUDA driver ---------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FakeDevice.h"

using namespace braid;
using namespace braid::test;

static Status countDevices() {
  int32_t count = 0;
  return take(braid_cuda_device_count(&count));
}

TEST_F(FakeDevice, NoDriverIsAnErrorThatSaysWhy) {
  ::setenv("BRAID_CUDA_DRIVER", "/nowhere/libcuda.so.1", 1);
  EXPECT_TRUE(fails(open(), StatusCode::Unsupported,
                    {"expected the CUDA driver '/nowhere/libcuda.so.1', found none", "cannot open shared object file"}));
  ::setenv("BRAID_CUDA_DRIVER", "libm.so.6", 1);
  EXPECT_TRUE(fails(countDevices(), StatusCode::Unsupported, {"'libm.so.6'", "without 'cuDriverGetVersion'"}));
}

TEST_F(FakeDevice, AnOldDriverIsAnErrorWithItsVersion) {
  fake->version = 11080;
  EXPECT_TRUE(fails(open(), StatusCode::Unsupported, {"expected a driver of CUDA 12.0 or later", "found 11.8"}));
  ::setenv("BRAID_CUDA_DRIVER", BRAID_FAKE_CUDA_OLD, 1);
  EXPECT_TRUE(fails(open(), StatusCode::Unsupported, {"found 12.4 without 'cuTensorMapEncodeTiled'"}));
}

TEST_F(FakeDevice, NoDeviceIsAnError) {
  fail("cuInit", 100);
  EXPECT_TRUE(fails(open(), StatusCode::Unsupported, {"expected a CUDA device, found none"}));
  fake->deviceCount = 0;
  EXPECT_TRUE(fails(countDevices(), StatusCode::Unsupported, {"expected a CUDA device, found none"}));
  fail("cuInit", 34);
  EXPECT_TRUE(fails(open(), StatusCode::Unsupported, {"a stub"}));
  fail("cuInit", 803);
  EXPECT_TRUE(fails(open(), StatusCode::Unsupported, {"found version 12.4", "error 803"}));
  fail("cuInit", 999);
  EXPECT_TRUE(fails(open(), StatusCode::Internal, {"cannot initialise the CUDA driver: error 999"}));
}

TEST_F(FakeDevice, DevicesHaveNames) {
  braid_device *opened = nullptr;
  for (const char *name : {"", "gpu", "cuda", "cuda:", "cuda:x", "cuda:-1", "cuda:0 ", "cuda:99999999999"})
    EXPECT_TRUE(fails(take(braid_device_open(name, &opened)), StatusCode::Usage, {"'cpu' or 'cuda:N'"})) << name;
  EXPECT_TRUE(fails(take(braid_device_open("cuda:1", &opened)), StatusCode::Usage, {"from 0 to 0, found 'cuda:1'"}));
  fail("cuDevicePrimaryCtxRetain", 2);
  EXPECT_TRUE(fails(take(braid_device_open("cuda:0", &opened)), StatusCode::OutOfMemory, {"'cuda:0'", "cannot open it"}));
}

TEST_F(FakeDevice, TellsItsProperties) {
  ASSERT_TRUE(isOk(open()));
  braid_device_info info = {};
  info.size = sizeof info;
  ASSERT_TRUE(isOk(take(braid_device_properties(device.get(), &info))));
  EXPECT_STREQ(info.device, "cuda:0");
  EXPECT_STREQ(info.name, "Fake GPU");
  EXPECT_STREQ(info.arch, "sm_90");
  EXPECT_EQ(info.multiprocessors, 132);
  EXPECT_EQ(info.cuda_version, 12040);
  EXPECT_EQ(info.memory, fake->totalBytes);
  EXPECT_EQ(info.free_memory, fake->freeBytes);
  EXPECT_EQ(fake->contexts, 1);
  device.reset();
  EXPECT_EQ(fake->contexts, 0);
}

namespace {
/// The same services on every device.
void checkMemoryAndTime(braid_device *device) {
  void *memory = nullptr;
  ASSERT_TRUE(isOk(take(braid_device_allocate(device, 1000, &memory))));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % 64, 0u);
  std::vector<unsigned char> in(1000), out(1000);
  for (size_t i = 0; i < in.size(); ++i)
    in[i] = static_cast<unsigned char>(i * 7);
  EXPECT_TRUE(isOk(take(braid_device_copy(device, memory, in.data(), in.size(), nullptr))));
  EXPECT_TRUE(isOk(take(braid_device_fill(device, static_cast<char *>(memory) + 10, 0xab, 20, nullptr))));
  EXPECT_TRUE(isOk(take(braid_device_copy(device, out.data(), memory, out.size(), nullptr))));
  EXPECT_TRUE(isOk(take(braid_device_synchronize(device, nullptr))));
  std::fill(in.begin() + 10, in.begin() + 30, static_cast<unsigned char>(0xab));
  EXPECT_EQ(in, out);
  EXPECT_TRUE(fails(take(braid_device_fill(device, memory, 256, 1, nullptr)), StatusCode::Usage, {"found 256"}));
  EXPECT_TRUE(fails(take(braid_device_copy(device, nullptr, memory, 1, nullptr)), StatusCode::Usage, {"'to'"}));
  EXPECT_TRUE(isOk(take(braid_device_copy(device, nullptr, nullptr, 0, nullptr))));
  EXPECT_TRUE(isOk(take(braid_device_free(device, memory))));
  EXPECT_TRUE(isOk(take(braid_device_free(device, nullptr))));

  braid_event *events[2] = {};
  for (braid_event *&event : events)
    ASSERT_TRUE(isOk(take(braid_event_create(device, &event))));
  EventHandle start(events[0]), stop(events[1]);
  double milliseconds = -1;
  EXPECT_FALSE(take(braid_event_elapsed(events[0], events[1], &milliseconds)).ok());
  EXPECT_TRUE(isOk(take(braid_event_record(events[0], nullptr))));
  EXPECT_TRUE(isOk(take(braid_event_record(events[1], nullptr))));
  EXPECT_TRUE(isOk(take(braid_event_elapsed(events[0], events[1], &milliseconds))));
  EXPECT_GE(milliseconds, 0);
}
} // namespace

TEST_F(FakeDevice, MemoryAndTime) {
  ASSERT_TRUE(isOk(open()));
  checkMemoryAndTime(device.get());
  EXPECT_EQ(fake->allocations, 0);
  EXPECT_EQ(fake->events, 0);
}

TEST(CpuDevice, MemoryAndTime) {
  braid_device *opened = nullptr;
  ASSERT_TRUE(isOk(take(braid_device_open("cpu", &opened))));
  DeviceHandle device(opened);
  checkMemoryAndTime(opened);
  braid_device_info info = {};
  info.size = sizeof info;
  ASSERT_TRUE(isOk(take(braid_device_properties(opened, &info))));
  EXPECT_STREQ(info.device, "cpu");
  EXPECT_GE(info.multiprocessors, 1);
  EXPECT_GE(info.memory, info.free_memory);
  int other = 0;
  void *memory = nullptr;
  EXPECT_TRUE(fails(take(braid_device_free(opened, &other)), StatusCode::Usage, {"an address that it allocated"}));
  EXPECT_TRUE(fails(take(braid_device_allocate(opened, uint64_t{1} << 60, &memory)), StatusCode::OutOfMemory,
                    {"available bytes"}));
}

TEST_F(FakeDevice, OutOfMemoryTellsAskedFreeAndTotal) {
  ASSERT_TRUE(isOk(open()));
  void *memory = nullptr;
  EXPECT_TRUE(fails(take(braid_device_allocate(device.get(), fake->freeBytes + 1, &memory)), StatusCode::OutOfMemory,
                    {"'cuda:0'", "at most 68719476736 free bytes of 137438953472", "an allocation of 68719476737"}));
}

TEST_F(FakeDevice, AnotherLibrarysContextStaysCurrent) {
  ASSERT_TRUE(isOk(open()));
  int other = 0;
  fake->current = &other;
  void *memory = nullptr;
  ASSERT_TRUE(isOk(take(braid_device_allocate(device.get(), 16, &memory))));
  EXPECT_EQ(fake->current, &other);
  EXPECT_TRUE(isOk(take(braid_device_free(device.get(), memory))));
  EXPECT_EQ(fake->current, &other);
  fail("cuCtxPushCurrent_v2", 2);
  EXPECT_TRUE(fails(take(braid_device_allocate(device.get(), 16, &memory)), StatusCode::OutOfMemory,
                    {"the thread's device", "CUDA_ERROR_OUT_OF_MEMORY"}));
}

TEST_F(FakeDevice, TheDriversErrorsAreTold) {
  ASSERT_TRUE(isOk(open()));
  fail("cuMemsetD8Async", 1);
  EXPECT_TRUE(fails(take(braid_device_fill(device.get(), &device, 0, 8, nullptr)), StatusCode::Usage,
                    {"device 'cuda:0': cannot fill 8 bytes: words of the driver (CUDA_ERROR_INVALID_VALUE)"}));
}

TEST(Device, NullIsAnErrorNotACrash) {
  EXPECT_TRUE(fails(take(braid_device_open(nullptr, nullptr)), StatusCode::Usage, {"'name'"}));
  EXPECT_TRUE(fails(take(braid_device_open("cpu", nullptr)), StatusCode::Usage, {"'device'"}));
  EXPECT_TRUE(fails(take(braid_cuda_device_count(nullptr)), StatusCode::Usage, {"'count'"}));
  EXPECT_TRUE(fails(take(braid_device_synchronize(nullptr, nullptr)), StatusCode::Usage, {"'device'"}));
  EXPECT_TRUE(fails(take(braid_event_record(nullptr, nullptr)), StatusCode::Usage, {"'event'"}));
  EXPECT_TRUE(fails(take(braid_kernels_open(nullptr, "x", nullptr)), StatusCode::Usage, {"'device'"}));
  EXPECT_TRUE(fails(take(braid_kernels_launch(nullptr, 0, nullptr, 0, nullptr, nullptr)), StatusCode::Usage,
                    {"'kernels'"}));
  EXPECT_EQ(braid_kernels_count(nullptr), 0);
  EXPECT_EQ(braid_kernels_find(nullptr, "x"), -1);
  braid_device_destroy(nullptr);
  braid_event_destroy(nullptr);
  braid_kernels_destroy(nullptr);
}
