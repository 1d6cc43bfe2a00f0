//===- CudaDevice.h - A CUDA device --------------------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_CUDADEVICE_H
#define BRAID_RUNTIME_CUDADEVICE_H

#include "CudaDriver.h"
#include "Device.h"

#include <deque>
#include <mutex>

namespace braid {

/// Works in the device's primary context, so that it shares addresses and
/// streams with other libraries of the process.
class CudaDevice final : public Device, public std::enable_shared_from_this<CudaDevice> {
public:
  static Result<std::shared_ptr<CudaDevice>> open(int index);
  ~CudaDevice() override;
  CudaDevice(const CudaDevice &) = delete;
  CudaDevice &operator=(const CudaDevice &) = delete;

  const Properties &properties() const override { return facts; }
  Result<uint64_t> freeMemory() override;
  Result<void *> allocate(uint64_t bytes) override;
  Status release(void *address) override;
  Status copy(void *to, const void *from, uint64_t bytes, Stream stream) override;
  Status fill(void *to, uint8_t value, uint64_t bytes, Stream stream) override;
  Status synchronize(Stream stream) override;
  Result<std::unique_ptr<DeviceEvent>> createEvent() override;
  Result<std::unique_ptr<DeviceKernels>> load(std::vector<GpuKernel> kernels, std::string_view images,
                                              const std::string &file) override;

  const CudaDriver &driver() const { return functions; }
  /// 90 for compute capability 9.0.
  int capability() const { return capabilityNumber; }
  int maxSharedBytes() const { return maxShared; }

  /// Makes the device's context the thread's for the length of a scope. Another
  /// library's choice of context is as it was afterwards.
  class Scope {
  public:
    explicit Scope(CudaDevice &device);
    ~Scope();
    Scope(const Scope &) = delete;
    Scope &operator=(const Scope &) = delete;
    /// The failure that ended the device's context earlier, or the reason why it cannot be made current.
    const Status &status() const { return problem; }

  private:
    CudaDevice &device;
    Status problem;
    bool pushed = false;
  };

  /// "device 'cuda:0': cannot WHAT: ..."; ok for success. A failure of a kernel,
  /// which ends the context, is told as that and kept.
  Status check(cuda::Result code, std::string_view what);
  /// A name that lives as long as the device, for recordLaunch.
  const std::string *internName(const std::string &name);
  /// Failures of kernels show later, so the device remembers what it started.
  void recordLaunch(const std::string *kernel, Stream stream);

private:
  explicit CudaDevice(CudaDriver driver) : functions(driver) {}
  Status readProperties();
  Status endContext(cuda::Result code);
  void forgetLaunches(Stream stream);

  const CudaDriver functions;
  Properties facts;
  cuda::Device handle = 0;
  cuda::Context context = nullptr;
  int capabilityNumber = 0, maxShared = 0;

  std::mutex mutex; // guards what follows
  std::deque<std::string> names;
  const std::string *lastKernel = nullptr;
  uint64_t launches = 0; // since everything had ended
  Stream launchStream = nullptr;
  bool severalStreams = false;
  Status failure; // ended the context
};

} // namespace braid

#endif // BRAID_RUNTIME_CUDADEVICE_H
