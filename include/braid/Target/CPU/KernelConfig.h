//===- KernelConfig.h - How a CPU cuts its kernels -----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TARGET_CPU_KERNELCONFIG_H
#define BRAID_TARGET_CPU_KERNELCONFIG_H

#include "braid/Conversion/TileToVector/CPUTargetInfo.h"
#include "braid/Target/KernelConfig.h"

namespace braid::cpu {

class KernelConfig : public braid::KernelConfig {
public:
  explicit KernelConfig(const CPUTargetInfo &target) : target(target) {}
  ContractionConfig contraction(const ContractionShape &shape) const override;
  AttentionConfig attention(const AttentionShape &shape) const override;
  SSDScanConfig ssdScan(const SSDScanShape &shape) const override;

private:
  CPUTargetInfo target;
};

} // namespace braid::cpu

#endif // BRAID_TARGET_CPU_KERNELCONFIG_H
