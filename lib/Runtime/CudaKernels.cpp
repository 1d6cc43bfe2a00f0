//===- CudaKernels.cpp - Kernels on a CUDA device -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaKernels.h"

#include <algorithm>
#include <cstring>
#include <elf.h>

namespace braid {

Status CudaKernels::error(StatusCode code, const GpuKernel &kernel, std::string_view message) const {
  return {code, cat(file, ": kernel ", inQuotes(kernel.name), ": ", message)};
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

Result<std::unique_ptr<DeviceKernels>> CudaKernels::load(std::shared_ptr<CudaDevice> device,
                                                         std::vector<GpuKernel> kernels, std::string_view images,
                                                         const std::string &file) {
  return guardMemory([&]() -> Result<std::unique_ptr<DeviceKernels>> {
    CudaDevice::Scope scope(*device);
    BRAID_TRY(scope.status());
    std::unique_ptr<CudaKernels> set(new CudaKernels(device, std::move(kernels), file));
    set->loadedKernels.resize(set->kernels.size());
    for (size_t i = 0; i < set->kernels.size(); ++i)
      BRAID_TRY(set->loadKernel(i, images));
    return std::unique_ptr<DeviceKernels>(std::move(set));
  });
}

CudaKernels::~CudaKernels() {
  CudaDevice::Scope scope(*device);
  device->driver()->cuCtxSynchronize(); // the code may still be running
  for (auto [offset, module] : modules)
    device->driver()->cuModuleUnload(module);
}

/// The image for this very chip before one for its generation.
Result<const GpuKernel::Image *> CudaKernels::chooseImage(const GpuKernel &kernel) const {
  const GpuKernel::Image *best = nullptr;
  auto rank = [](const GpuKernel::Image &image) {
    GpuArch arch = *GpuArch::parse(image.arch);
    return std::pair(arch.number, arch.suffix == 'a' ? 2 : arch.suffix == 'f' ? 1 : 0);
  };
  std::string found;
  for (const GpuKernel::Image &image : kernel.images) {
    found += cat(found.empty() ? "" : ", ", image.arch);
    if (GpuArch::parse(image.arch)->runsOn(device->capability()) && (!best || rank(image) > rank(*best)))
      best = &image;
  }
  if (best)
    return best;
  const Device::Properties &facts = device->properties();
  return error(StatusCode::Unsupported, kernel,
               cat("expected code for ", facts.arch, " (device ", inQuotes(facts.device), ", ", facts.name,
                   "), found code for ", found));
}

/// The driver takes a pointer without a length, so the tables that an ELF header names must lie in the bytes.
static bool isWholeElf(std::string_view bytes) {
  Elf64_Ehdr header;
  if (bytes.size() < sizeof header)
    return false;
  std::memcpy(&header, bytes.data(), sizeof header);
  auto inside = [&](uint64_t start, uint64_t count, uint64_t size) {
    return start <= bytes.size() && count * size <= bytes.size() - start;
  };
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64 &&
         inside(header.e_shoff, header.e_shnum, header.e_shentsize) &&
         inside(header.e_phoff, header.e_phnum, header.e_phentsize);
}

Result<cuda::Module> CudaKernels::loadImage(const GpuKernel::Image &image, std::string_view images) {
  if (auto known = modules.find(image.offset); known != modules.end())
    return known->second;
  std::string where = cat(file, ": image for ", image.arch, " at ", image.offset);
  if (image.offset > images.size() || image.bytes > images.size() - image.offset)
    return Status::badInput(cat(where, ": expected ", image.bytes, " bytes within ", images.size(), ", found fewer"));
  std::string_view bytes = images.substr(image.offset, image.bytes);
  if (!isWholeElf(bytes))
    return Status::badInput(cat(where, ": expected a whole cubin, found something else"));
  std::vector<uint64_t> aligned((bytes.size() + 7) / 8);
  std::memcpy(aligned.data(), bytes.data(), bytes.size());
  cuda::Module module = nullptr;
  cuda::Result code = device->driver()->cuModuleLoadData(&module, aligned.data());
  if (code == cuda::InvalidImage || code == cuda::NoBinaryForGpu)
    return Status::unsupported(cat(where, ": expected code that the driver for CUDA ",
                                   cudaVersionText(device->driver().version()), " takes, found: ",
                                   device->driver().describe(code)));
  BRAID_TRY(device->check(code, cat("load the ", where)));
  modules.emplace(image.offset, module);
  return module;
}

Status CudaKernels::loadKernel(size_t index, std::string_view images) {
  const GpuKernel &kernel = kernels[index];
  Loaded &loaded = loadedKernels[index];
  BRAID_TRY_ASSIGN(const GpuKernel::Image *image, chooseImage(kernel));
  BRAID_TRY_ASSIGN(cuda::Module module, loadImage(*image, images));
  cuda::Result code = device->driver()->cuModuleGetFunction(&loaded.function, module, kernel.name.c_str());
  if (code == cuda::NotFound)
    return error(StatusCode::BadInput, kernel, cat("expected it in the image for ", image->arch, ", found no such symbol"));
  BRAID_TRY(device->check(code, cat("find kernel ", inQuotes(kernel.name))));
  loaded.name = device->internName(kernel.name);
  BRAID_TRY(checkParameters(kernel, layout(index), loaded.function));
  BRAID_TRY(setLimits(kernel, loaded));
  for (size_t i = 0; i < kernel.tensorMaps.size(); ++i)
    loaded.maps.push_back(std::make_unique<CudaTensorMaps>(device->driver(), kernel, i));
  return {};
}

/// The driver reads as many bytes of each parameter as the code says, so code and manifest must agree.
Status CudaKernels::checkParameters(const GpuKernel &kernel, const GpuKernel::Layout &layout,
                                    cuda::Function function) const {
  const CudaDriver &driver = device->driver();
  if (!driver->cuFuncGetParamInfo)
    return {};
  size_t wanted = 1 + kernel.tensorMaps.size(), start = 0, bytes = 0;
  for (size_t i = 0; i < wanted; ++i) {
    size_t expected = i == 0 ? layout.bytes : sizeof(cuda::TensorMap);
    if (driver->cuFuncGetParamInfo(function, i, &start, &bytes) != cuda::Success)
      return error(StatusCode::BadInput, kernel, cat("expected ", wanted, " parameters, found ", i, " in its code"));
    if (bytes != expected)
      return error(StatusCode::BadInput, kernel,
                   cat("expected a parameter ", i, " of ", expected, " bytes, found ", bytes, " in its code"));
  }
  if (driver->cuFuncGetParamInfo(function, wanted, &start, &bytes) == cuda::Success)
    return error(StatusCode::BadInput, kernel, cat("expected ", wanted, " parameters, found more in its code"));
  return {};
}

/// What the hardware must grant each launch.
Status CudaKernels::setLimits(const GpuKernel &kernel, Loaded &loaded) const {
  const CudaDriver &driver = device->driver();
  int mostThreads = 0, cluster = 0, blocks = 0;
  if (static_cast<int64_t>(kernel.sharedBytes) > device->maxSharedBytes())
    return error(StatusCode::Unsupported, kernel,
                 cat("expected at most ", device->maxSharedBytes(), " bytes of shared memory, found ", kernel.sharedBytes));
  BRAID_TRY(device->check(driver->cuFuncGetAttribute(&mostThreads, cuda::MaxThreadsPerBlock, loaded.function),
                          "read a kernel's properties"));
  if (static_cast<int64_t>(kernel.threads) > mostThreads)
    return error(StatusCode::BadInput, kernel,
                 cat("expected at most the ", mostThreads, " threads of its code, found ", kernel.threads));
  BRAID_TRY(device->check(
      driver->cuFuncSetAttribute(loaded.function, cuda::MaxDynamicSharedBytes, static_cast<int>(kernel.sharedBytes)),
      cat("grant kernel ", inQuotes(kernel.name), " ", kernel.sharedBytes, " bytes of shared memory")));
  BRAID_TRY(device->check(driver->cuFuncGetAttribute(&cluster, cuda::RequiredClusterWidth, loaded.function),
                          "read a kernel's properties"));
  if (cluster != 0 && cluster != static_cast<int>(kernel.cluster))
    return error(StatusCode::BadInput, kernel,
                 cat("expected a cluster of the ", cluster, " blocks that its code requires, found ", kernel.cluster));
  loaded.namesCluster = cluster == 0 && kernel.cluster > 1;
  if (kernel.cluster > 8)
    BRAID_TRY(device->check(driver->cuFuncSetAttribute(loaded.function, cuda::NonPortableClusterSizeAllowed, 1),
                            cat("allow kernel ", inQuotes(kernel.name), " clusters of ", kernel.cluster, " blocks")));
  BRAID_TRY(device->check(driver->cuOccupancyMaxActiveBlocksPerMultiprocessor(
                              &blocks, loaded.function, static_cast<int>(kernel.threads), kernel.sharedBytes),
                          "count the blocks of a multiprocessor"));
  if (blocks < 1)
    return error(StatusCode::Unsupported, kernel,
                 cat("expected a block that fits a multiprocessor, found one of ", kernel.threads, " threads and ",
                     kernel.sharedBytes, " bytes of shared memory"));
  uint64_t clusters = static_cast<uint64_t>(device->properties().multiprocessors) * blocks / kernel.cluster;
  loaded.mostBlocks = std::max<uint64_t>(clusters, 1) * kernel.cluster;
  return {};
}

//===----------------------------------------------------------------------===//
// Launching
//===----------------------------------------------------------------------===//

/// The blocks to start for the grid at the end of the arguments; 0 for an empty one.
Result<unsigned> CudaKernels::countBlocks(size_t index, const char *arguments) const {
  const GpuKernel &kernel = kernels[index];
  const Loaded &loaded = loadedKernels[index];
  int64_t grid[3];
  std::memcpy(grid, arguments + layout(index).grid, sizeof grid);
  // The hardware's most along x.
  constexpr uint64_t mostBlocks = 0x7fffffff;
  uint64_t points = 1;
  bool overflow = false;
  for (int64_t size : grid) {
    if (size < 0)
      return error(StatusCode::Usage, kernel, cat("expected a grid without negative sizes, found ", listed(grid)));
    overflow |= __builtin_mul_overflow(points, static_cast<uint64_t>(size), &points);
  }
  if (std::find(grid, grid + 3, 0) != grid + 3)
    return 0u;
  uint64_t clusters = points / kernel.cluster + (points % kernel.cluster != 0);
  uint64_t blocks = kernel.persistent ? std::min(loaded.mostBlocks, clusters * kernel.cluster) : points;
  if (overflow || blocks > mostBlocks)
    return error(StatusCode::Usage, kernel, cat("expected a grid of fewer than 2^", kernel.persistent ? 64 : 31,
                                                " blocks, found ", listed(grid)));
  if (blocks % kernel.cluster != 0)
    return error(StatusCode::Usage, kernel, cat("expected a grid of a multiple of the cluster's ", kernel.cluster,
                                                " blocks, found ", listed(grid)));
  return static_cast<unsigned>(blocks);
}

Status CudaKernels::launch(size_t index, const void *given, Stream stream) {
  const GpuKernel &kernel = kernels[index];
  Loaded &loaded = loadedKernels[index];
  const char *arguments = static_cast<const char *>(given);
  CudaDevice::Scope scope(*device);
  BRAID_TRY(scope.status());
  BRAID_TRY_ASSIGN(unsigned blocks, countBlocks(index, arguments));
  if (blocks == 0)
    return {};
  cuda::TensorMap maps[GpuKernel::maxTensorMaps];
  void *parameters[1 + GpuKernel::maxTensorMaps] = {const_cast<void *>(given)};
  for (size_t i = 0; i < loaded.maps.size(); ++i) {
    BRAID_TRY(loaded.maps[i]->get(arguments, maps[i]));
    parameters[1 + i] = &maps[i];
  }
  cuda::LaunchAttribute cluster = {};
  cluster.id = cuda::clusterDimension;
  cluster.value.cluster = {kernel.cluster, 1, 1};
  cuda::LaunchConfig config = {blocks, 1, 1, kernel.threads, 1, 1, kernel.sharedBytes, static_cast<cuda::Stream>(stream),
                               loaded.namesCluster ? &cluster : nullptr, loaded.namesCluster ? 1u : 0u};
  cuda::Result code = device->driver()->cuLaunchKernelEx(&config, loaded.function, parameters, nullptr);
  if (code == cuda::Success) {
    device->recordLaunch(loaded.name, stream);
    return {};
  }
  return device->check(code, cat("start kernel ", inQuotes(kernel.name), " with ", blocks, " blocks of ",
                                 kernel.threads, " threads, ", kernel.sharedBytes,
                                 " bytes of shared memory and clusters of ", kernel.cluster));
}

} // namespace braid
