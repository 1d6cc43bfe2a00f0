//===- Rates.h - What a machine can do at best -----------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TARGET_RATES_H
#define BRAID_TARGET_RATES_H

#include "braid/Formats/Roofline.h"
#include "braid/Formats/Status.h"

namespace braid {

/// Rates and who says so.
struct SourcedRates : Rates {
  std::string source;
};

/// Replaces those rates that `text` names: "bytes=40e9,bf16=300e9". `flag` is the name for messages.
Status parseRates(std::string_view text, std::string_view flag, SourcedRates &rates);

} // namespace braid

#endif // BRAID_TARGET_RATES_H
