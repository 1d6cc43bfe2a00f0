//===- Tile.h - The tile dialect ------------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_TILE_IR_TILE_H
#define BRAID_DIALECT_TILE_IR_TILE_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "braid/Dialect/Tile/IR/TileDialect.h.inc"
#include "braid/Dialect/Tile/IR/TileEnums.h.inc"

#define GET_TYPEDEF_CLASSES
#include "braid/Dialect/Tile/IR/TileTypes.h.inc"

#define GET_ATTRDEF_CLASSES
#include "braid/Dialect/Tile/IR/TileAttrs.h.inc"

#define GET_OP_CLASSES
#include "braid/Dialect/Tile/IR/TileOps.h.inc"

namespace braid::tile {

/// On a kernel: the config that its text was written with.
constexpr llvm::StringLiteral kConfigAttr = "tile.config";

/// On a kernel: the blocks along each dimension of the grid where every launch has the same number, else 0.
constexpr llvm::StringLiteral kGridAttr = "tile.grid";

/// On a kernel: the number of the argument that is its work counter, from which `tile.draw` draws.
constexpr llvm::StringLiteral kWorkCounterAttr = "tile.work_counter";

/// On a kernel: the numbers of the arguments whose memory need not begin at a multiple of 16 bytes.
constexpr llvm::StringLiteral kUnalignedAttr = "tile.unaligned";

/// Whether it names an argument.
bool isUnaligned(mlir::Value argument);

} // namespace braid::tile

#endif // BRAID_DIALECT_TILE_IR_TILE_H
