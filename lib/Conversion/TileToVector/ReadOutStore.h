//===- ReadOutStore.h - Storing what a recurrence makes -------*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A recurrence works for a hundred cycles on each vector of its read-out. A
// store behind it takes every vector as soon as it is made, and in between the
// lines that the next turn of the loop around them loads and stores are asked
// for, one at a time. In loops of their own, stores a few kilobytes apart and
// requests for a whole tile come as bursts that have to be waited for.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETOVECTOR_READOUTSTORE_H
#define BRAID_LIB_CONVERSION_TILETOVECTOR_READOUTSTORE_H

#include "ViewAccess.h"

namespace braid::tile {

/// The store that takes the read-out of a recurrence as it is made; null if there is none. Between them are only
/// operations that are evaluated where they are used, and it depends on no load of its own.
StoreOp storeOfReadOut(RecurrenceOp recurrence, const CPUTargetInfo &target);

/// Lines that the next turn of the loop around a recurrence loads or stores, `ahead` rows behind those of this turn.
struct NextLines {
  ViewAccess access;
  int64_t ahead;
  bool areWritten;
};
/// What is asked for while the recurrence works: tiles of the read-out's shape.
llvm::SmallVector<NextLines> linesOfNextTurn(RecurrenceOp recurrence, KernelContext &context);

/// How many rows further on a load or store itself asks for lines of the next turn; 0 if a recurrence does, or nobody.
int64_t rowsToAskFor(LoadOp load, const CPUTargetInfo &target);
int64_t rowsToAskFor(StoreOp store, const CPUTargetInfo &target);

} // namespace braid::tile

#endif // BRAID_LIB_CONVERSION_TILETOVECTOR_READOUTSTORE_H
