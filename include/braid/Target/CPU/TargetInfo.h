//===- TargetInfo.h - What code for a CPU may use --------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TARGET_CPU_TARGETINFO_H
#define BRAID_TARGET_CPU_TARGETINFO_H

#include "braid/Conversion/TileToVector/CPUTargetInfo.h"
#include "braid/Target/Rates.h"
#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace braid::cpu {

/// A CPU by the name that LLVM knows it by.
struct TargetInfo {
  std::string name;
  /// The instruction sets of the CPU that code for it may hold, by LLVM's names; the manifest tells them.
  std::vector<std::string> features;

  bool has(llvm::StringRef feature) const;
  CPUTargetInfo forKernels() const { return {has("avx512f") ? 512 : 256, has("avx512bf16")}; }

  /// What `cores` cores reach at best, by docs/Report.md's table: facts of the CPU's name, not of this machine.
  SourcedRates rates(unsigned cores) const;

  /// The CPU of this name, or of this machine for "host". Empty features mean that LLVM knows no such CPU, or that it
  /// is older than AVX2.
  static TargetInfo get(llvm::StringRef name);
};

} // namespace braid::cpu

#endif // BRAID_TARGET_CPU_TARGETINFO_H
