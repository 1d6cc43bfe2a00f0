//===- Families.h - One lowering for each kernel family --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_BRAIDTOTILE_FAMILIES_H
#define BRAID_LIB_CONVERSION_BRAIDTOTILE_FAMILIES_H

#include "LaunchBuilder.h"

namespace braid {

// Each writes the kernel texts and launches of a fused op around that anchor, in the file of the family's name.
void lowerEmbedding(EmbeddingOp anchor, LaunchBuilder &builder);
void lowerLastToken(LastTokenOp anchor, LaunchBuilder &builder);
mlir::LogicalResult lowerContraction(ContractionOpInterface anchor, LaunchBuilder &builder);
void lowerRMSNorm(RMSNormOp anchor, LaunchBuilder &builder);
void lowerLayerNorm(LayerNormOp anchor, LaunchBuilder &builder);
void lowerGatedRMSNorm(GatedRMSNormOp anchor, LaunchBuilder &builder);
void lowerRope(RopeOp anchor, LaunchBuilder &builder);
void lowerElementwise(mlir::Operation *anchor, LaunchBuilder &builder);
void lowerCausalConv1d(CausalConv1dOp anchor, LaunchBuilder &builder);
void lowerSelectiveScan(SelectiveScanOp anchor, LaunchBuilder &builder);
mlir::LogicalResult lowerSSDScan(SSDScanOp anchor, LaunchBuilder &builder);
mlir::LogicalResult lowerAttention(AttentionOp anchor, LaunchBuilder &builder);

} // namespace braid

#endif // BRAID_LIB_CONVERSION_BRAIDTOTILE_FAMILIES_H
