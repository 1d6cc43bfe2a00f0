//===- CudaTensorMap.cpp - Tensor maps of a kernel's views ----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CudaTensorMap.h"

#include <algorithm>
#include <cstring>

namespace braid {

namespace {
/// Entries to start with and to end with. A model has as many addresses for one
/// kernel as it has layers; who has more than fit makes the maps again.
constexpr size_t firstEntries = 16, mostEntries = 4096;

constexpr uint64_t addressAlignment = 16, mostElements = uint64_t{1} << 32, mostStrideBytes = uint64_t{1} << 40;

cuda::TensorMapType typeOf(DType dtype) {
  switch (dtype) {
  case DType::F64:
    return cuda::MapF64;
  case DType::F32:
    return cuda::MapF32;
  case DType::F16:
    return cuda::MapF16;
  case DType::BF16:
    return cuda::MapBF16;
  case DType::I32:
    return cuda::MapI32;
  case DType::I64:
    break;
  }
  return cuda::MapI64;
}

cuda::TensorMapSwizzle swizzleOf(uint32_t bytes) {
  return bytes == 0 ? cuda::Swizzle0 : bytes == 32 ? cuda::Swizzle32 : bytes == 64 ? cuda::Swizzle64 : cuda::Swizzle128;
}
} // namespace

CudaTensorMaps::CudaTensorMaps(const CudaDriver &driver, const GpuKernel &kernel, size_t index)
    : driver(driver), kernel(kernel), wanted(kernel.tensorMaps[index]), view(kernel.arguments[wanted.argument]),
      offset(kernel.layout().offsets[wanted.argument]),
      dynamicSizes(static_cast<size_t>(std::count(view.shape.begin(), view.shape.end(), GpuKernel::dynamic))),
      entries(firstEntries) {}

Status CudaTensorMaps::get(const char *arguments, cuda::TensorMap &target) {
  Key key = {};
  std::memcpy(key.data(), arguments + offset, (1 + dynamicSizes) * sizeof key[0]);
  std::lock_guard<std::mutex> lock(mutex);
  Entry *entry = &find(key);
  if (!entry->used) {
    cuda::TensorMap map;
    BRAID_TRY(encode(key, map));
    if (++count > entries.size() / 2) {
      makeRoom();
      entry = &find(key);
    }
    *entry = {map, key, true};
  }
  target = entry->map;
  return {};
}

CudaTensorMaps::Entry &CudaTensorMaps::find(const Key &key) {
  uint64_t hash = 0;
  for (uint64_t word : key)
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u, hash ^= hash >> 32;
  for (size_t i = hash;; ++i)
    if (Entry &entry = entries[i & (entries.size() - 1)]; !entry.used || entry.key == key)
      return entry;
}

/// Twice as many entries, or all of them empty again; counts the one to come.
void CudaTensorMaps::makeRoom() {
  std::vector<Entry> old(std::min(entries.size() * 2, mostEntries));
  bool grows = old.size() > entries.size();
  old.swap(entries);
  count = 1;
  for (const Entry &entry : old)
    if (grows && entry.used) {
      find(entry.key) = entry;
      ++count;
    }
}

Status CudaTensorMaps::encode(const Key &key, cuda::TensorMap &map) const {
  if (key[0] == 0 || key[0] % addressAlignment != 0)
    return error(cat("expected an address of a multiple of ", addressAlignment, ", found ", key[0]));
  // The driver counts dimensions from the innermost.
  size_t rank = view.shape.size();
  uint64_t sizes[GpuKernel::maxRank], strides[GpuKernel::maxRank] = {};
  uint32_t box[GpuKernel::maxRank], ones[GpuKernel::maxRank];
  for (size_t d = 0, given = 1; d < rank; ++d) {
    size_t inner = rank - 1 - d;
    sizes[inner] = view.shape[d] == GpuKernel::dynamic ? key[given++] : static_cast<uint64_t>(view.shape[d]);
    if (sizes[inner] == 0 || sizes[inner] > mostElements)
      return error(cat("expected a size from 1 to 2^32 in dimension ", d, ", found ",
                       static_cast<int64_t>(sizes[inner])));
    box[inner] = wanted.box[d];
    ones[inner] = 1;
    if (inner == 0)
      continue; // its stride is one element
    strides[inner - 1] = static_cast<uint64_t>(view.strides[d]) * sizeOf(view.dtype);
    if (strides[inner - 1] >= mostStrideBytes)
      return error(cat("expected a stride below 2^40 bytes in dimension ", d, ", found ", strides[inner - 1]));
  }
  // The cache fetches lines of 128 bytes, as wide as a box. Pairs of them cost a fifth of the speed where rows begin at no
  // multiple of 128 bytes, and gain nothing where they do.
  cuda::Result code = driver->cuTensorMapEncodeTiled(
      &map, typeOf(view.dtype), static_cast<uint32_t>(rank), reinterpret_cast<void *>(key[0]), sizes, strides, box,
      ones, cuda::noInterleave, swizzleOf(wanted.swizzle), cuda::promoteL2To128, cuda::fillZeros);
  if (code == cuda::Success)
    return {};
  std::reverse(sizes, sizes + rank);
  return error(cat("expected the driver to take sizes ", listed(std::vector<uint64_t>(sizes, sizes + rank)),
                   ", strides ", listed(view.strides), " of ", nameOf(view.dtype), ", a box of ", listed(wanted.box),
                   " and a swizzle of ", wanted.swizzle, " bytes, found: ", driver.describe(code)));
}

Status CudaTensorMaps::error(std::string_view message) const {
  return Status::badInput(
      cat("kernel ", inQuotes(kernel.name), ": tensor map of argument ", wanted.argument, ": ", message));
}

} // namespace braid
