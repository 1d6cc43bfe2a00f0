//===- Rates.h - What a machine can do at best -----------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TARGET_RATES_H
#define BRAID_TARGET_RATES_H

#include "braid/Formats/DType.h"
#include "braid/Formats/Status.h"

namespace braid {

/// The two slopes of a roofline: bytes per second from memory, and operations per second in each type.
struct Rates {
  double bytes = 0;
  double f64 = 0, f32 = 0, bf16 = 0;

  /// f16 products take the path of f32.
  double of(DType math) const { return math == DType::F64 ? f64 : math == DType::BF16 ? bf16 : f32; }
};

/// Replaces those rates that `text` names: "bytes=40e9,bf16=300e9". `flag` is the name for messages.
Status parseRates(std::string_view text, std::string_view flag, Rates &rates);

} // namespace braid

#endif // BRAID_TARGET_RATES_H
