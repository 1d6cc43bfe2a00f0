//===- Host.h - The host dialect -------------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_HOST_IR_HOST_H
#define BRAID_DIALECT_HOST_IR_HOST_H

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "braid/Dialect/Host/IR/HostDialect.h.inc"
#include "braid/Dialect/Host/IR/HostEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "braid/Dialect/Host/IR/HostAttrs.h.inc"
#define GET_OP_CLASSES
#include "braid/Dialect/Host/IR/HostOps.h.inc"

#endif // BRAID_DIALECT_HOST_IR_HOST_H
