//===- Safetensors.h - Reading and writing safetensors -------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A safetensors file is an 8-byte length, a JSON header of that many bytes, and
// a buffer that the tensors tile: no hole, no overlap. A folder holds either one
// `model.safetensors`, or several files and `model.safetensors.index.json`, which
// maps tensor names to file names. All of it is untrusted.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_FORMATS_SAFETENSORS_H
#define BRAID_FORMATS_SAFETENSORS_H

#include "braid/Formats/DType.h"
#include "braid/Formats/File.h"
#include "braid/Formats/Status.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace braid {

constexpr uint64_t safetensorsMaxHeaderBytes = 100'000'000;

/// What a header says about one tensor; the extents are offsets into the file.
struct TensorInfo {
  std::string name;
  std::string dtypeName;      // as the file spells it
  std::optional<DType> dtype; // if it is a type that Braid computes with
  std::vector<int64_t> shape;
  uint64_t begin = 0, end = 0;

  uint64_t bytes() const { return end - begin; }
  uint64_t elements() const;
};

/// Checks the first `available` bytes of a file of `fileBytes`; they must hold
/// the whole header. Returns the tensors in the order of their bytes.
Result<std::vector<TensorInfo>> parseSafetensorsHeader(const uint8_t *data, uint64_t available, uint64_t fileBytes,
                                                       const std::string &file);

/// A tensor of an open folder. `data` points into the mapped file and has
/// whatever alignment the file gives it.
struct TensorView {
  TensorInfo info;
  const uint8_t *data = nullptr;
  std::shared_ptr<const MappedFile> file;
};

/// All tensors of a folder of safetensors, or of one file.
class Safetensors {
public:
  static Result<Safetensors> open(const std::string &path);

  const TensorView *find(std::string_view name) const;
  const std::vector<TensorView> &tensors() const { return views; }
  const std::string &path() const { return name; }

private:
  Status addFile(const std::string &path, const std::string &shown);

  std::string name;
  std::vector<TensorView> views;
  std::unordered_map<std::string, size_t> byName;
};

/// The weight map of an index: pairs of tensor and file name, the file names
/// checked to stay below the folder as far as their text goes.
Result<std::vector<std::pair<std::string, std::string>>> parseSafetensorsIndex(std::string_view text,
                                                                               const std::string &file);

struct TensorToWrite {
  std::string name;
  DType dtype = DType::F32;
  std::vector<int64_t> shape;
  const void *data = nullptr;
};

/// Writes one file, by rename. The buffer starts at a multiple of 64 bytes and
/// wider types come first, so that a reader can use the tensors in place.
Status writeSafetensors(const std::string &path, std::vector<TensorToWrite> tensors,
                        const std::vector<std::pair<std::string, std::string>> &metadata = {});

} // namespace braid

#endif // BRAID_FORMATS_SAFETENSORS_H
