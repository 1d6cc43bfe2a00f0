//===- Passes.h - From fused ops to kernels and launches -------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_CONVERSION_BRAIDTOTILE_PASSES_H
#define BRAID_CONVERSION_BRAIDTOTILE_PASSES_H

#include "mlir/Pass/Pass.h"

namespace braid {

#define GEN_PASS_DECL
#include "braid/Conversion/BraidToTile/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "braid/Conversion/BraidToTile/Passes.h.inc"

} // namespace braid

#endif // BRAID_CONVERSION_BRAIDTOTILE_PASSES_H
