//===- Npy.h - Reading and writing NumPy arrays --------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The `.npy` format, versions 1 to 3, little endian, C order, of int32, float32
// and float64.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_FORMATS_NPY_H
#define BRAID_FORMATS_NPY_H

#include "braid/Formats/DType.h"
#include "braid/Formats/File.h"
#include "braid/Formats/Status.h"

#include <cstdint>
#include <string>
#include <vector>

namespace braid {

struct NpyArray {
  DType dtype = DType::F32; // F64, F32 or I32
  std::vector<int64_t> shape;
  std::vector<uint8_t> bytes;

  /// Element `i` in C order; `T` must be the type of `dtype`.
  template <typename T> T at(size_t i) const {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    return value;
  }
  size_t elements() const { return bytes.size() / sizeOf(dtype); }
};

/// Parses a whole file's bytes.
Result<NpyArray> parseNpy(std::string_view contents, const std::string &file);
Result<NpyArray> readNpy(const std::string &path, uint64_t maxBytes = uint64_t{1} << 32);

/// Writes an array piece by piece; it appears under its name at finish().
class NpyWriter {
public:
  static Result<NpyWriter> create(const std::string &path, DType dtype, const std::vector<int64_t> &shape);
  /// The next `count` elements, of the writer's type, in C order.
  Status append(const void *elements, size_t count);
  /// Fails if the elements appended are not as many as the shape says.
  Status finish();

private:
  NpyWriter(AtomicFile file, DType dtype, uint64_t missing) : file(std::move(file)), dtype(dtype), missing(missing) {}

  AtomicFile file;
  DType dtype;
  uint64_t missing;
};

} // namespace braid

#endif // BRAID_FORMATS_NPY_H
