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

namespace braid::tile {

/// 2^r for |r| <= 1/2, of f32 or f64, a number or a vector.
mlir::Value powerOfFraction(mlir::ImplicitLocOpBuilder &builder, mlir::Value r);

/// 2^x for finite x <= 0, in additions, multiply-adds and two operations on bits. Below the smallest normal number's
/// exponent it is that number.
mlir::Value powerOfTwo(mlir::ImplicitLocOpBuilder &builder, mlir::Value x);

} // namespace braid::tile

#endif // BRAID_DIALECT_TILE_IR_POWEROFTWO_H
