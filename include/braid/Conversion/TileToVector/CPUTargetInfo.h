//===- CPUTargetInfo.h - What a lowering to a CPU must know of it ---------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_CONVERSION_TILETOVECTOR_CPUTARGETINFO_H
#define BRAID_CONVERSION_TILETOVECTOR_CPUTARGETINFO_H

#include <cstdint>

namespace braid {

/// Facts about the target, never read from the machine that compiles.
struct CPUTargetInfo {
  /// Width of the vectors to compute with: 256 (AVX2) or 512 (AVX-512).
  int64_t vectorBits = 512;
  /// The CPU multiplies pairs of bf16 (AVX512-BF16, `vdpbf16ps`). Without it bf16 is widened to f32.
  bool hasAVX512BF16 = true;
};

} // namespace braid

#endif // BRAID_CONVERSION_TILETOVECTOR_CPUTARGETINFO_H
