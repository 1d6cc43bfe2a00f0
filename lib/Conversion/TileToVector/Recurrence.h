//===- Recurrence.h - Diagonal recurrences --------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETOVECTOR_RECURRENCE_H
#define BRAID_LIB_CONVERSION_TILETOVECTOR_RECURRENCE_H

#include "KernelContext.h"

namespace braid::tile {

/// Who takes the vectors of a read-out as they are made, if `condition`, an i1, holds: then they do not go to rows.
struct ReadOutUser {
  mlir::Value condition;
  llvm::function_ref<void(mlir::Value row, mlir::Value column, mlir::Value readOut)> take;
};

/// Writes both results. `last` may lie where `initial` does.
void lowerRecurrence(RecurrenceOp op, const Storage &result, const Storage &last, KernelContext &context,
                     const ReadOutUser *user = nullptr);

} // namespace braid::tile

#endif // BRAID_LIB_CONVERSION_TILETOVECTOR_RECURRENCE_H
