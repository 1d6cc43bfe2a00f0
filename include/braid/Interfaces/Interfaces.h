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

#include "braid/Interfaces/ContractionOpInterface.h.inc"
#include "braid/Interfaces/CostOpInterface.h.inc"
#include "braid/Interfaces/DecomposableOpInterface.h.inc"
#include "braid/Interfaces/SequenceOpInterface.h.inc"

#endif // BRAID_INTERFACES_INTERFACES_H
