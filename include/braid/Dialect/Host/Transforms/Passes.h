//===- Passes.h - Passes on the host dialect -------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_HOST_TRANSFORMS_PASSES_H
#define BRAID_DIALECT_HOST_TRANSFORMS_PASSES_H

#include "braid/Dialect/Host/IR/Host.h"
#include "mlir/Pass/Pass.h"

namespace braid::host {

#define GEN_PASS_DECL
#include "braid/Dialect/Host/Transforms/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "braid/Dialect/Host/Transforms/Passes.h.inc"

} // namespace braid::host

#endif // BRAID_DIALECT_HOST_TRANSFORMS_PASSES_H
