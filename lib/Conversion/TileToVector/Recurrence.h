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

/// Writes both results. `last` may lie where `initial` does.
void lowerRecurrence(RecurrenceOp op, const Storage &result, const Storage &last, KernelContext &context);

} // namespace braid::tile

#endif // BRAID_LIB_CONVERSION_TILETOVECTOR_RECURRENCE_H
