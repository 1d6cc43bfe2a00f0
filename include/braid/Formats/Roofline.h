//===- Roofline.h - What a machine can do, and a kernel of it --*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_FORMATS_ROOFLINE_H
#define BRAID_FORMATS_ROOFLINE_H

#include "braid/Formats/Manifest.h"

#include <algorithm>

namespace braid {

/// The slopes of a roofline: bytes per second from memory, operations per second in each type, and exponentials of f32
/// per second.
struct Rates {
  double bytes = 0;
  double f64 = 0, f32 = 0, bf16 = 0;
  double exp = 0;

  /// f16 products take the path of f32.
  double of(DType math) const { return math == DType::F64 ? f64 : math == DType::BF16 ? bf16 : f32; }
  /// Of f64, exponentials are slower as all arithmetic is.
  double exponentials(DType math) const { return math == DType::F64 ? exp * f64 / f32 : exp; }
};

/// All launches of a kernel in one call.
struct KernelFloor {
  double flops = 0, bytes = 0, exponentials = 0;
  double seconds = 0; // the larger of bytes over bandwidth and operations and exponentials over their rates
  bool boundByMemory = false;
};

/// The least that `kernel` takes in a call of n tokens in b rows, which attend to `positions` in all.
inline KernelFloor floorOf(const Manifest::Kernel &kernel, double n, double b, double positions, const Rates &rates) {
  KernelFloor floor{kernel.flops.of(n, b, positions), kernel.bytes.of(n, b, positions),
                    kernel.exponentials.of(n, b, positions)};
  double memory = floor.bytes / rates.bytes, compute = floor.flops / rates.of(kernel.math);
  if (floor.exponentials > 0)
    compute += floor.exponentials / rates.exponentials(kernel.math);
  floor.boundByMemory = memory >= compute;
  floor.seconds = std::max(memory, compute);
  return floor;
}

} // namespace braid

#endif // BRAID_FORMATS_ROOFLINE_H
