//===- CudaTensorMap.h - Tensor maps of a kernel's views ------ -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_CUDATENSORMAP_H
#define BRAID_RUNTIME_CUDATENSORMAP_H

#include "CudaDriver.h"
#include "braid/Formats/KernelTable.h"

#include <array>
#include <mutex>
#include <vector>

namespace braid {

/// Makes one tensor map of a kernel, and keeps those it made: one depends on the
/// view's address and dynamic sizes alone, so it never goes stale.
class CudaTensorMaps {
public:
  CudaTensorMaps(const CudaDriver &driver, const GpuKernel &kernel, size_t index);

  /// Writes the map for the view in a kernel's argument struct.
  Status get(const char *arguments, cuda::TensorMap &target);

private:
  /// The address, then the sizes that the caller gave.
  using Key = std::array<uint64_t, 1 + GpuKernel::maxRank>;
  struct Entry {
    cuda::TensorMap map;
    Key key;
    bool used = false;
  };

  Status encode(const Key &key, cuda::TensorMap &map) const;
  Status error(std::string_view message) const;
  Entry &find(const Key &key);
  void makeRoom();

  const CudaDriver &driver;
  const GpuKernel &kernel;
  const GpuKernel::TensorMap &wanted;
  const GpuKernel::Argument &view;
  uint32_t offset = 0;      // of the view in the struct
  size_t dynamicSizes = 0;

  std::mutex mutex; // guards what follows
  std::vector<Entry> entries; // open addressing; a power of two, at most half full
  size_t count = 0;
};

} // namespace braid

#endif // BRAID_RUNTIME_CUDATENSORMAP_H
