//===- KernelConfig.h - How Hopper cuts its kernels -----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TARGET_NVPTX_KERNELCONFIG_H
#define BRAID_TARGET_NVPTX_KERNELCONFIG_H

#include "braid/Target/KernelConfig.h"

namespace braid::nvptx {

/// Tiles by the shape of the result, so that they fill the multiprocessors of a Hopper and the instruction's width.
class KernelConfig : public braid::KernelConfig {
public:
  ContractionConfig contraction(const ContractionShape &shape) const override;
  AttentionConfig attention(const AttentionShape &shape) const override;
  SSDScanConfig ssdScan(const SSDScanShape &shape) const override;
};

} // namespace braid::nvptx

#endif // BRAID_TARGET_NVPTX_KERNELCONFIG_H
