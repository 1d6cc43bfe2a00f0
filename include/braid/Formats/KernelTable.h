//===- KernelTable.h - Kernels for a GPU in an artifact ------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// `gpu_kernels` of the manifest (docs/Manifest.md) in its checked form: how each
// kernel is launched, what it takes and where its machine code lies. Compilers
// write it, the runtime launches by it.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_FORMATS_KERNELTABLE_H
#define BRAID_FORMATS_KERNELTABLE_H

#include "braid/Formats/DType.h"
#include "braid/Formats/Json.h"
#include "braid/Formats/Status.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace braid {

struct GpuKernel {
  // Bounds of what a kernel may take, so that a launch needs no memory of its own.
  static constexpr size_t maxRank = 4, maxTensorMaps = 16, maxStructBytes = 2048;
  /// A size that the caller gives.
  static constexpr int64_t dynamic = -1;

  /// A view (shape and strides, in elements, outermost first) or, with an empty shape, a number.
  struct Argument {
    DType dtype = DType::F32;
    std::vector<int64_t> shape, strides;

    bool isView() const { return !shape.empty(); }
  };

  /// Parameter i + 1 of the kernel, for tensor map i: a view as the bulk tensor copy engine sees it.
  struct TensorMap {
    uint32_t argument = 0;
    std::vector<uint32_t> box; // sizes in the view's order, 1 where a dimension is selected by index
    uint32_t swizzle = 0;      // bytes: 0, 32, 64 or 128
  };

  /// Machine code that holds the kernel, in the artifact's run of images.
  struct Image {
    std::string arch; // "sm_90a"
    uint64_t offset = 0, bytes = 0;
  };

  /// Where each argument lies in the struct that is parameter 0: for a view its
  /// pointer, followed by an i64 for each dynamic size; then the grid's sizes.
  struct Layout {
    std::vector<uint32_t> offsets; // of each argument
    uint32_t grid = 0;             // of the first of three i64
    uint32_t bytes = 0;
  };

  std::string name; // the symbol in the image
  uint32_t threads = 0, sharedBytes = 0, cluster = 1;
  bool persistent = false;
  std::vector<Argument> arguments;
  std::vector<TensorMap> tensorMaps;
  std::vector<Image> images;

  Layout layout() const;
};

/// Reads and checks one item of `gpu_kernels`.
Status readGpuKernel(JsonValue object, GpuKernel &kernel);

/// Kernels as the JSON array that `gpu_kernels` is.
std::string formatGpuKernels(const std::vector<GpuKernel> &kernels);

/// The manifest of an artifact that holds kernels and no model.
std::string kernelManifest(const std::vector<GpuKernel> &kernels);

/// An architecture's name taken apart: "sm_90a" is 90 and 'a'.
struct GpuArch {
  int number = 0;
  char suffix = 0; // 'a': this chip alone; 'f': its family; 0: any later minor number too

  static std::optional<GpuArch> parse(std::string_view name);
  /// Whether code for this architecture runs on a device of compute capability `device` (90 for 9.0).
  bool runsOn(int device) const;
};

} // namespace braid

#endif // BRAID_FORMATS_KERNELTABLE_H
