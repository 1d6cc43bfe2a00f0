//===- Recurrence.h - Diagonal recurrences --------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETOVECTOR_RECURRENCE_H
#define BRAID_LIB_CONVERSION_TILETOVECTOR_RECURRENCE_H

#include "ElementSource.h"

namespace braid::tile {

/// Whether the recurrence computes the elements of an operand itself, vector by vector: those of u, where it has several
/// rows and asks for each once.
bool isEvaluatedInside(mlir::OpOperand &operand, const CPUTargetInfo &target);

/// Who takes the vectors of a read-out as they are made, if `condition`, an i1, holds: then they do not go to rows. The
/// condition includes that all of u lies inside memory.
struct ReadOutUser {
  mlir::Value condition;
  llvm::function_ref<void(mlir::Value row, mlir::Value column, mlir::Value readOut)> take;
};

/// Writes both results. `last` may lie where `initial` does.
void lowerRecurrence(RecurrenceOp op, ElementSource &u, const Storage &result, const Storage &last, KernelContext &context,
                     const ReadOutUser *user = nullptr);

} // namespace braid::tile

#endif // BRAID_LIB_CONVERSION_TILETOVECTOR_RECURRENCE_H
