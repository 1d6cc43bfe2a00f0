//===- FunctionEntry.h - Functions of tensors as entry points --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_DIALECT_BRAID_TRANSFORMS_FUNCTIONENTRY_H
#define BRAID_LIB_DIALECT_BRAID_TRANSFORMS_FUNCTIONENTRY_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace braid {

/// Reports what keeps a function from being an entry point of tensors.
llvm::LogicalResult checkFunctionEntry(mlir::func::FuncOp function);

} // namespace braid

#endif // BRAID_LIB_DIALECT_BRAID_TRANSFORMS_FUNCTIONENTRY_H
