//===- Interfaces.h - The op interfaces of Braid ---------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_INTERFACES_INTERFACES_H
#define BRAID_INTERFACES_INTERFACES_H

#include "braid/Interfaces/Cost.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"
#include <optional>

namespace braid {
/// A result that holds a state after each whole run of `tokens` tokens, counted from the row's first one: in equal parts in
/// the entries of the run's tokens. Where no whole run is, it is zero.
struct SavedStates {
  unsigned state; // number of the state
  int64_t tokens;
};
} // namespace braid

#include "braid/Interfaces/ContractionOpInterface.h.inc"
#include "braid/Interfaces/CostOpInterface.h.inc"
#include "braid/Interfaces/DecomposableOpInterface.h.inc"
#include "braid/Interfaces/SequenceOpInterface.h.inc"

#endif // BRAID_INTERFACES_INTERFACES_H
