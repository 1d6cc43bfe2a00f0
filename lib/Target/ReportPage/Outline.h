//===- Outline.h - A module's parts, as JSON for the page ------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_TARGET_REPORTPAGE_OUTLINE_H
#define BRAID_LIB_TARGET_REPORTPAGE_OUTLINE_H

#include "mlir/IR/AsmState.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/JSON.h"

namespace braid {

/// The fused regions of each entry; each region's location says from then on which one it is.
llvm::json::Object outlineGroups(mlir::ModuleOp module);

/// The launches and buffers of each host program.
llvm::json::Object outlinePrograms(mlir::ModuleOp module);

/// Adds what the module says of its kernels: configs where they are texts, launch parameters where they are lowered.
void outlineKernels(mlir::ModuleOp module, llvm::json::Object &kernels);

/// Lines of the text on which entries, their layers, their regions or launches, and kernels begin.
llvm::json::Object outlineLines(mlir::ModuleOp module, const mlir::AsmState::LocationMap &places);

} // namespace braid

#endif // BRAID_LIB_TARGET_REPORTPAGE_OUTLINE_H
