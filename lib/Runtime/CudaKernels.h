//===- CudaKernels.h - Kernels on a CUDA device --------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_CUDAKERNELS_H
#define BRAID_RUNTIME_CUDAKERNELS_H

#include "CudaDevice.h"
#include "CudaTensorMap.h"

#include <map>

namespace braid {

class CudaKernels final : public DeviceKernels {
public:
  static Result<std::unique_ptr<DeviceKernels>> load(std::shared_ptr<CudaDevice> device, std::vector<GpuKernel> kernels,
                                                     std::string_view images, const std::string &file);
  ~CudaKernels() override;

  Status launch(size_t index, const void *arguments, Stream stream) override;

private:
  struct Loaded {
    cuda::Function function = nullptr;
    const std::string *name = nullptr; // of the device's own
    uint64_t mostBlocks = 0;   // of a persistent kernel
    bool namesCluster = false; // the launch must say the cluster's size
    std::vector<std::unique_ptr<CudaTensorMaps>> maps;
  };

  CudaKernels(std::shared_ptr<CudaDevice> device, std::vector<GpuKernel> kernels, const std::string &file)
      : DeviceKernels(std::move(kernels)), device(std::move(device)), file(file) {}
  Result<const GpuKernel::Image *> chooseImage(const GpuKernel &kernel) const;
  Result<cuda::Module> loadImage(const GpuKernel::Image &image, std::string_view images);
  Status loadKernel(size_t index, std::string_view images);
  Status checkParameters(const GpuKernel &kernel, const GpuKernel::Layout &layout, cuda::Function function) const;
  Status setLimits(const GpuKernel &kernel, Loaded &loaded) const;
  Result<unsigned> countBlocks(size_t index, const char *arguments) const;
  Status error(StatusCode code, const GpuKernel &kernel, std::string_view message) const;

  std::shared_ptr<CudaDevice> device;
  const std::string file;
  std::map<uint64_t, cuda::Module> modules; // by the image's offset
  std::vector<Loaded> loadedKernels;
};

} // namespace braid

#endif // BRAID_RUNTIME_CUDAKERNELS_H
