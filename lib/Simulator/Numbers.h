//===- Numbers.h - Scalars and the elements of tiles ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_SIMULATOR_NUMBERS_H
#define BRAID_LIB_SIMULATOR_NUMBERS_H

#include "braid/Formats/DType.h"
#include "mlir/IR/Operation.h"
#include <limits>
#include <vector>

namespace braid::simulator {

/// A number of a floating-point type, rounded to that type, or an integer, extended from its width.
union Number {
  double real;
  int64_t integer;

  static Number of(double value) {
    Number number;
    number.real = value;
    return number;
  }
  static Number of(int64_t value) {
    Number number;
    number.integer = value;
    return number;
  }
};

/// One number, or one for each element of a tile in C order.
using Numbers = std::vector<Number>;

/// What memory holds that nobody has written.
inline Number poison(mlir::Type element) {
  if (mlir::isa<mlir::FloatType>(element))
    return Number::of(std::numeric_limits<double>::quiet_NaN());
  return Number::of(int64_t(-0x5a5a5a5b));
}

inline Number zero(mlir::Type element) {
  return mlir::isa<mlir::FloatType>(element) ? Number::of(0.0) : Number::of(int64_t(0));
}

/// Rounds to the nearest number of a floating-point type, or wraps to an integer's width.
void narrow(Numbers &numbers, mlir::Type element);

/// One element of memory.
DType dtypeOf(mlir::Type element);
Number loadNumber(DType type, const char *memory, int64_t index);
void storeNumber(DType type, char *memory, int64_t index, Number value);

/// The result of an operation on scalars, for `count` elements at once; an operand of one number stands for all. Fails with
/// an error at an operation that has no meaning here or divides by zero.
mlir::LogicalResult evaluateScalarOp(mlir::Operation *op, llvm::ArrayRef<const Numbers *> operands, size_t count,
                                     Numbers &result);

} // namespace braid::simulator

#endif // BRAID_LIB_SIMULATOR_NUMBERS_H
