//===- CallFrame.h - The runtime's structs as LLVM types -------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_HOSTTOLLVM_CALLFRAME_H
#define BRAID_LIB_CONVERSION_HOSTTOLLVM_CALLFRAME_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace braid {

/// `braid_call` and `braid_host_api` of braid/Runtime/artifact.h, field by field. The field numbers are checked against
/// the C structs' offsets when this library is compiled.
struct CallFrame {
  enum CallField {
    CallSize, Weights, States, Arena, Tokens, RowStart, Slot, Length, Pages, PagesPerSlot, N, B, LongestRow, Logits,
    Slots, PageCount, Arguments, Results
  };
  enum ApiField { ApiSize, Version, Reserved, Context, ParallelFor, Launch };

  static mlir::LLVM::LLVMStructType getCallType(mlir::MLIRContext *context);
  static mlir::LLVM::LLVMStructType getApiType(mlir::MLIRContext *context);
};

} // namespace braid

#endif // BRAID_LIB_CONVERSION_HOSTTOLLVM_CALLFRAME_H
