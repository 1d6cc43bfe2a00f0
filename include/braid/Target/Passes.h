//===- Passes.h - Passes on the way to an artifact -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TARGET_PASSES_H
#define BRAID_TARGET_PASSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace braid {

/// Module attribute: the manifest's JSON text.
constexpr llvm::StringLiteral kManifestAttr = "braid.manifest";

#define GEN_PASS_DECL
#include "braid/Target/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "braid/Target/Passes.h.inc"

} // namespace braid

#endif // BRAID_TARGET_PASSES_H
