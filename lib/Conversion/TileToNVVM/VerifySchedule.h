//===- VerifySchedule.h - What a schedule must keep to --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_VERIFYSCHEDULE_H
#define BRAID_LIB_CONVERSION_TILETONVVM_VERIFYSCHEDULE_H

#include "braid/Dialect/Tile/IR/Tile.h"

namespace braid::hopper {

/// Checks what can be told of a scheduled kernel without running it: the constraints of `tile-verify-schedule`. Errors
/// are reported at the operation that breaks one.
mlir::LogicalResult verifySchedule(tile::KernelOp kernel);

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_VERIFYSCHEDULE_H
