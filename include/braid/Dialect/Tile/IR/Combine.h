//===- Combine.h - The arithmetic of reductions ---------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_TILE_IR_COMBINE_H
#define BRAID_DIALECT_TILE_IR_COMBINE_H

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace braid::tile {

/// a op b, of numbers or, lane by lane, of vectors.
mlir::Value combine(ReduceKind kind, mlir::Value a, mlir::Value b, mlir::ImplicitLocOpBuilder &builder);

/// What changes nothing when combined. The type is one of numbers or of vectors.
mlir::Value neutral(ReduceKind kind, mlir::Type type, mlir::ImplicitLocOpBuilder &builder);

} // namespace braid::tile

#endif // BRAID_DIALECT_TILE_IR_COMBINE_H
