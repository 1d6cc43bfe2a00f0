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
  /// The chunk of a scan whose op asks for `chunk`: chunk x chunk weights must fit a block's shared memory beside the rest.
  int64_t scanChunk(int64_t chunk, mlir::Type element) const { return std::min<int64_t>(chunk, element.isF64() ? 64 : 128); }
};

} // namespace braid::nvptx

#endif // BRAID_TARGET_NVPTX_KERNELCONFIG_H
