//===- Rates.h - What a Hopper reaches at best ---------------*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TARGET_NVPTX_RATES_H
#define BRAID_TARGET_NVPTX_RATES_H

#include "braid/Target/Rates.h"

namespace braid::nvptx {

/// The vendor's figures of an H100 SXM with HBM3: dense products in bf16, multiply-adds outside the tensor cores in f32 and
/// f64, and 16 exponentials a cycle of each multiprocessor.
inline SourcedRates rates() {
  return {{3.35e12, 33.5e12, 66.9e12, 989.4e12, 4.18e12}, "documented for an H100 SXM"};
}

} // namespace braid::nvptx

#endif // BRAID_TARGET_NVPTX_RATES_H
