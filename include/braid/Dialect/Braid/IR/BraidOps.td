//===- BraidOps.td - every op of the dialect -*- tablegen -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_BRAID_IR_BRAIDOPS_TD
#define BRAID_DIALECT_BRAID_IR_BRAIDOPS_TD

include "braid/Dialect/Braid/IR/BraidModelOps.td"
include "braid/Dialect/Braid/IR/BraidPrimitiveOps.td"
include "braid/Dialect/Braid/IR/BraidSequenceOps.td"
include "braid/Dialect/Braid/IR/BraidTokenOps.td"

#endif // BRAID_DIALECT_BRAID_IR_BRAIDOPS_TD
