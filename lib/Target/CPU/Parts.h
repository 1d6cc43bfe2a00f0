//===- Parts.h - A module's functions, each to be compiled alone ----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_TARGET_CPU_PARTS_H
#define BRAID_LIB_TARGET_CPU_PARTS_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"

namespace braid::cpu {

/// Cuts a module of the LLVM dialect into modules that can be compiled side by side and linked. The cut depends on the
/// module alone, so what comes out does not depend on the number of threads.
class Parts {
public:
  explicit Parts(mlir::ModuleOp module);

  size_t size() const { return functions.size() + 1; }
  /// Part `i` as a module of its own: a function that refers to functions alone, or, as the last part, all the rest. What
  /// it refers to and does not hold is declared, hidden from other objects. Several threads may call.
  mlir::OwningOpRef<mlir::ModuleOp> build(size_t i);

private:
  mlir::ModuleOp module;
  llvm::SmallVector<mlir::LLVM::LLVMFuncOp> functions;
};

} // namespace braid::cpu

#endif // BRAID_LIB_TARGET_CPU_PARTS_H
