//===- Weights.cpp - A program's weights in memory ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Weights.h"

#include "braid/Runtime/artifact.h"

#include <algorithm>
#include <cstdint>

namespace braid {

namespace {
/// A run of elements of one tensor: a share of the work for one thread.
struct Piece {
  size_t weight;
  uint64_t first, count;
};

void cut(size_t weight, uint64_t elements, std::vector<Piece> &pieces) {
  for (uint64_t first = 0; first < elements; first += drawGrain)
    pieces.push_back({weight, first, std::min(drawGrain, elements - first)});
}

/// The tensor for a weight, if it has the right name, a usable type and the right shape.
Result<const TensorView *> findTensor(const Safetensors &tensors, const Manifest::Weight &weight) {
  const TensorView *tensor = tensors.find(weight.name);
  if (!tensor)
    return Status::badInput(cat(tensors.path(), ": tensor ", inQuotes(weight.name), ": expected shape ",
                                listed(weight.shape), ", found no such tensor"));
  std::string where = cat(tensor->file->path(), ": tensor ", inQuotes(weight.name));
  if (!tensor->info.dtype || !isFloat(*tensor->info.dtype))
    return Status::badInput(cat(where, ": expected F64, F32, F16 or BF16, found ", tensor->info.dtypeName));
  if (tensor->info.shape != weight.shape)
    return Status::badInput(
        cat(where, ": expected shape ", listed(weight.shape), ", found ", listed(tensor->info.shape)));
  return tensor;
}

bool usableInPlace(const TensorView &tensor, const Manifest::Weight &weight) {
  // Other writers of safetensors align the data to 8 bytes, so more than the element's size is not to be had.
  return *tensor.info.dtype == weight.dtype && reinterpret_cast<uintptr_t>(tensor.data) % sizeOf(weight.dtype) == 0;
}

/// Room for every weight whose entry in `offsets` is to be filled.
Status allocate(CheckedBytes total, HostBuffer &buffer) {
  BRAID_TRY(checkAvailable(total.value(), "weights"));
  BRAID_TRY_ASSIGN(buffer, HostBuffer::allocate(total.value(), "weights"));
  return {};
}
} // namespace

Result<Weights> Weights::fromFiles(const Manifest &manifest, const std::string &path, ThreadPool &pool,
                                   const LogFunction &log) {
  BRAID_TRY_ASSIGN(Safetensors tensors, Safetensors::open(path));
  Weights weights;
  std::vector<const TensorView *> sources;
  std::vector<uint64_t> offsets(manifest.weights.size());
  std::vector<Piece> pieces;
  CheckedBytes total;
  uint64_t mappedBytes = 0, convertedBytes = 0, converted = 0;
  for (size_t i = 0; i < manifest.weights.size(); ++i) {
    const Manifest::Weight &weight = manifest.weights[i];
    BRAID_TRY_ASSIGN(const TensorView *tensor, findTensor(tensors, weight));
    sources.push_back(tensor);
    if (usableInPlace(*tensor, weight)) {
      mappedBytes += weight.bytes;
      continue;
    }
    offsets[i] = total.alignTo(BRAID_ALIGNMENT).value();
    total.add(weight.bytes);
    convertedBytes += weight.bytes;
    ++converted;
    cut(i, weight.elements, pieces);
  }
  BRAID_TRY(allocate(total, weights.owned));
  for (size_t i = 0; i < manifest.weights.size(); ++i) {
    bool inPlace = usableInPlace(*sources[i], manifest.weights[i]);
    weights.addresses.push_back(inPlace ? static_cast<const void *>(sources[i]->data)
                                        : weights.owned.data() + offsets[i]);
    if (inPlace)
      weights.files.push_back(sources[i]->file);
  }
  pool.forEach(static_cast<int64_t>(pieces.size()), [&](int64_t p) {
    const Piece &piece = pieces[static_cast<size_t>(p)];
    const TensorView &source = *sources[piece.weight];
    DType from = *source.info.dtype, to = manifest.weights[piece.weight].dtype;
    char *target = weights.owned.data() + offsets[piece.weight];
    convertElements(from, source.data + piece.first * sizeOf(from), to, target + piece.first * sizeOf(to), piece.count);
  });
  log(cat("weights: ", manifest.weights.size() - converted, " tensors (", mappedBytes >> 20, " MiB) mapped in place, ",
          converted, " (", convertedBytes >> 20, " MiB) converted or aligned"));
  return weights;
}

Result<Weights> Weights::fromSeed(const Manifest &manifest, uint64_t seed, ThreadPool &pool) {
  Weights weights;
  std::vector<uint64_t> offsets(manifest.weights.size());
  std::vector<Piece> pieces;
  CheckedBytes total;
  for (size_t i = 0; i < manifest.weights.size(); ++i) {
    offsets[i] = total.alignTo(BRAID_ALIGNMENT).value();
    total.add(manifest.weights[i].bytes);
    cut(i, manifest.weights[i].elements, pieces);
  }
  BRAID_TRY(allocate(total, weights.owned));
  for (uint64_t offset : offsets)
    weights.addresses.push_back(weights.owned.data() + offset);
  pool.forEach(static_cast<int64_t>(pieces.size()), [&](int64_t p) {
    const Piece &piece = pieces[static_cast<size_t>(p)];
    const Manifest::Weight &weight = manifest.weights[piece.weight];
    char *target = weights.owned.data() + offsets[piece.weight] + piece.first * sizeOf(weight.dtype);
    drawWeights(weight.init, seed, weight.name, weight.dtype, piece.first, piece.count, target);
  });
  return weights;
}

} // namespace braid
