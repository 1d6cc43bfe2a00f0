//===- PowerOfTwo.h - 2^x of numbers and vectors ---------------*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What every target's lowering of `tile.recurrence` makes of its decays. A decay
// near one is where accuracy counts: a state that remembers a thousand tokens
// multiplies its relative error by a thousand. So 2^r is 1 + r q(r), with one
// rounding where r is small, and q is exact to 4e-7 of itself in f32.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_DIALECT_TILE_IR_POWEROFTWO_H
#define BRAID_DIALECT_TILE_IR_POWEROFTWO_H

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

namespace braid::tile {

/// 2^r of each for |r| <= 1/2, of f32 or f64, numbers or vectors. Each is a chain in which every operation waits for the
/// one before it; those of several are written in turns, so that a processor need not look far ahead.
llvm::SmallVector<mlir::Value> powersOfFractions(mlir::ImplicitLocOpBuilder &builder, llvm::ArrayRef<mlir::Value> r);

/// 2^x of each for finite x <= 0, in additions, multiply-adds and two operations on bits. Below the smallest normal
/// number's exponent it is that number.
llvm::SmallVector<mlir::Value> powersOfTwo(mlir::ImplicitLocOpBuilder &builder, llvm::ArrayRef<mlir::Value> x);

} // namespace braid::tile

#endif // BRAID_DIALECT_TILE_IR_POWEROFTWO_H
