//===- CudaDevice.cpp - A CUDA device -------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaDevice.h"

#include "CudaKernels.h"

#include <algorithm>

namespace braid {

namespace {
cuda::Address toAddress(const void *address) { return reinterpret_cast<cuda::Address>(address); }
cuda::Stream toStream(Stream stream) { return static_cast<cuda::Stream>(stream); }

/// Results after which a context runs nothing any more.
bool endsContext(cuda::Result code) {
  return code == cuda::EccUncorrectable || code == cuda::Contained || code == cuda::IllegalAddress ||
         code == cuda::LaunchTimeout || code == cuda::Assert ||
         (code >= cuda::HardwareStackError && code <= cuda::LaunchFailed);
}

class CudaEvent final : public DeviceEvent {
public:
  CudaEvent(std::shared_ptr<CudaDevice> device, cuda::Event event) : device(std::move(device)), event(event) {}
  ~CudaEvent() override {
    CudaDevice::Scope scope(*device);
    device->driver()->cuEventDestroy_v2(event);
  }
  Status record(Stream stream) override {
    CudaDevice::Scope scope(*device);
    BRAID_TRY(scope.status());
    return device->check(device->driver()->cuEventRecord(event, toStream(stream)), "record an event");
  }
  Result<double> millisecondsSince(DeviceEvent &start) override {
    CudaDevice::Scope scope(*device);
    BRAID_TRY(scope.status());
    cuda::Event first = static_cast<CudaEvent &>(start).event;
    float milliseconds = 0;
    for (cuda::Event each : {first, event})
      BRAID_TRY(device->check(device->driver()->cuEventSynchronize(each), "wait for an event"));
    BRAID_TRY(device->check(device->driver()->cuEventElapsedTime(&milliseconds, first, event),
                            "take the time between two recorded events"));
    return static_cast<double>(milliseconds);
  }

private:
  std::shared_ptr<CudaDevice> device;
  cuda::Event event;
};
} // namespace

//===----------------------------------------------------------------------===//
// Opening
//===----------------------------------------------------------------------===//

Result<std::shared_ptr<CudaDevice>> CudaDevice::open(int index) {
  BRAID_TRY_ASSIGN(CudaDriver driver, CudaDriver::open());
  BRAID_TRY_ASSIGN(int count, driver.deviceCount());
  if (index < 0 || index >= count)
    return Status::usage(cat("expected a CUDA device from 0 to ", count - 1, ", found 'cuda:", index, "'"));
  std::shared_ptr<CudaDevice> device(new CudaDevice(driver));
  device->facts.device = cat("cuda:", index);
  BRAID_TRY(device->check(driver->cuDeviceGet(&device->handle, index), "find it"));
  BRAID_TRY(device->readProperties());
  BRAID_TRY(device->check(driver->cuDevicePrimaryCtxRetain(&device->context, device->handle), "open it"));
  return device;
}

Status CudaDevice::readProperties() {
  char name[256] = {};
  size_t memory = 0;
  int major = 0, minor = 0;
  BRAID_TRY(check(functions->cuDeviceGetName(name, sizeof name - 1, handle), "read its name"));
  BRAID_TRY(check(functions->cuDeviceTotalMem_v2(&memory, handle), "read its memory's size"));
  const std::pair<int *, int> wanted[] = {{&major, cuda::ComputeCapabilityMajor},
                                          {&minor, cuda::ComputeCapabilityMinor},
                                          {&facts.multiprocessors, cuda::MultiprocessorCount},
                                          {&maxShared, cuda::MaxSharedMemoryPerBlockOptin}};
  for (auto [value, attribute] : wanted)
    BRAID_TRY(check(functions->cuDeviceGetAttribute(value, attribute, handle), "read its properties"));
  capabilityNumber = major * 10 + minor;
  facts.name = name;
  facts.arch = cat("sm_", capabilityNumber);
  facts.driverVersion = functions.version();
  facts.memory = memory;
  return {};
}

CudaDevice::~CudaDevice() {
  if (context)
    functions->cuDevicePrimaryCtxRelease_v2(handle);
}

//===----------------------------------------------------------------------===//
// Context and failures
//===----------------------------------------------------------------------===//

CudaDevice::Scope::Scope(CudaDevice &device) : device(device) {
  {
    std::lock_guard<std::mutex> lock(device.mutex);
    problem = device.failure;
  }
  cuda::Context current = nullptr;
  if (!problem.ok() || (device.functions->cuCtxGetCurrent(&current) == cuda::Success && current == device.context))
    return;
  problem = device.check(device.functions->cuCtxPushCurrent_v2(device.context), "make it the thread's device");
  pushed = problem.ok();
}

CudaDevice::Scope::~Scope() {
  cuda::Context popped;
  if (pushed)
    device.functions->cuCtxPopCurrent_v2(&popped);
}

Status CudaDevice::check(cuda::Result code, std::string_view what) {
  if (code == cuda::Success)
    return {};
  if (endsContext(code))
    return endContext(code);
  Status status = functions.check(code, what);
  return {status.code(), cat("device ", inQuotes(facts.device), ": ", status.message())};
}

Status CudaDevice::endContext(cuda::Result code) {
  std::lock_guard<std::mutex> lock(mutex);
  if (!failure.ok())
    return failure;
  std::string who = lastKernel ? cat("kernel ", inQuotes(*lastKernel)) : "a kernel that others started";
  const char *hint = "";
  if (launches > 1) {
    who += cat(", or one of the ", launches - 1, " started before it");
    hint = "; CUDA_LAUNCH_BLOCKING=1 in the environment shows which";
  }
  failure = Status::internal(cat("device ", inQuotes(facts.device), ": ", who, ": expected it to end, found: ",
                                 functions.describe(code), "; this process cannot use the device any more", hint));
  return failure;
}

const std::string *CudaDevice::internName(const std::string &name) {
  std::lock_guard<std::mutex> lock(mutex);
  for (const std::string &known : names)
    if (known == name)
      return &known;
  return &names.emplace_back(name);
}

void CudaDevice::recordLaunch(const std::string *kernel, Stream stream) {
  std::lock_guard<std::mutex> lock(mutex);
  severalStreams |= launches != 0 && stream != launchStream;
  launchStream = stream;
  lastKernel = kernel;
  ++launches;
}

void CudaDevice::forgetLaunches(Stream stream) {
  std::lock_guard<std::mutex> lock(mutex);
  if (stream && (severalStreams || stream != launchStream))
    return;
  lastKernel = nullptr;
  launches = 0;
  severalStreams = false;
}

//===----------------------------------------------------------------------===//
// Services
//===----------------------------------------------------------------------===//

Result<uint64_t> CudaDevice::freeMemory() {
  Scope scope(*this);
  BRAID_TRY(scope.status());
  size_t free = 0, total = 0;
  BRAID_TRY(check(functions->cuMemGetInfo_v2(&free, &total), "read how much memory is free"));
  return static_cast<uint64_t>(free);
}

Result<void *> CudaDevice::allocate(uint64_t bytes) {
  Scope scope(*this);
  BRAID_TRY(scope.status());
  cuda::Address address = 0;
  cuda::Result code = functions->cuMemAlloc_v2(&address, std::max<uint64_t>(bytes, 1));
  if (code == cuda::OutOfMemory) {
    size_t free = 0, total = 0;
    functions->cuMemGetInfo_v2(&free, &total);
    return Status::outOfMemory(cat("out of memory on device ", inQuotes(facts.device), ": expected at most ", free,
                                   " free bytes of ", total, ", found an allocation of ", bytes));
  }
  BRAID_TRY(check(code, cat("allocate ", bytes, " bytes")));
  return reinterpret_cast<void *>(address);
}

Status CudaDevice::release(void *address) {
  Scope scope(*this);
  BRAID_TRY(scope.status());
  return check(functions->cuMemFree_v2(toAddress(address)), "free memory");
}

Status CudaDevice::copy(void *to, const void *from, uint64_t bytes, Stream stream) {
  Scope scope(*this);
  BRAID_TRY(scope.status());
  if (bytes == 0)
    return {};
  cuda::Result code = functions->cuMemcpyAsync(toAddress(to), toAddress(from), bytes, toStream(stream));
  return code == cuda::Success ? Status() : check(code, cat("copy ", bytes, " bytes"));
}

Status CudaDevice::fill(void *to, uint8_t value, uint64_t bytes, Stream stream) {
  Scope scope(*this);
  BRAID_TRY(scope.status());
  if (bytes == 0)
    return {};
  cuda::Result code = functions->cuMemsetD8Async(toAddress(to), value, bytes, toStream(stream));
  return code == cuda::Success ? Status() : check(code, cat("fill ", bytes, " bytes"));
}

Status CudaDevice::synchronize(Stream stream) {
  Scope scope(*this);
  BRAID_TRY(scope.status());
  BRAID_TRY(check(stream ? functions->cuStreamSynchronize(toStream(stream)) : functions->cuCtxSynchronize(),
                  "wait for its work"));
  forgetLaunches(stream);
  return {};
}

Result<std::unique_ptr<DeviceEvent>> CudaDevice::createEvent() {
  Scope scope(*this);
  BRAID_TRY(scope.status());
  cuda::Event event = nullptr;
  BRAID_TRY(check(functions->cuEventCreate(&event, 0), "make an event"));
  return std::unique_ptr<DeviceEvent>(std::make_unique<CudaEvent>(shared_from_this(), event));
}

Result<std::unique_ptr<DeviceKernels>> CudaDevice::load(std::vector<GpuKernel> kernels, std::string_view images,
                                                        const std::string &file) {
  return CudaKernels::load(shared_from_this(), std::move(kernels), images, file);
}

} // namespace braid
