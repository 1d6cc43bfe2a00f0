//===- VerifyShapes.h - Shape checks with one-line messages ----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_DIALECT_BRAID_IR_VERIFYSHAPES_H
#define BRAID_LIB_DIALECT_BRAID_IR_VERIFYSHAPES_H

#include "braid/Dialect/Braid/IR/Braid.h"

namespace braid {

/// Fails with "expects NAME to be EXPECTED, found TYPE" unless the shape is `shape`; a negative extent is the dynamic one.
inline mlir::LogicalResult expectShape(mlir::Operation *op, llvm::StringRef name, mlir::Value value,
                                       llvm::ArrayRef<int64_t> shape) {
  auto type = llvm::cast<mlir::RankedTensorType>(value.getType());
  auto matches = [](int64_t found, int64_t expected) {
    return mlir::ShapedType::isDynamic(found) ? expected < 0 : found == expected;
  };
  if (type.getRank() == int64_t(shape.size()) && llvm::all_of_zip(type.getShape(), shape, matches))
    return mlir::success();
  mlir::InFlightDiagnostic error = op->emitOpError() << "expects " << name << " to be [";
  llvm::interleaveComma(shape, error, [&](int64_t extent) {
    if (extent < 0)
      error << "?";
    else
      error << extent;
  });
  return error << "], found " << type;
}

/// The extent of a value's dimension; negative when dynamic.
inline int64_t extent(mlir::Value value, int64_t dim) {
  return llvm::cast<mlir::RankedTensorType>(value.getType()).getDimSize(dim);
}

/// Fails unless the named attribute is a size: positive, and small enough that the product of two does not wrap.
inline mlir::LogicalResult expectPositive(mlir::Operation *op, llvm::StringRef name, int64_t value) {
  if (value > 0 && value <= INT32_MAX)
    return mlir::success();
  return op->emitOpError() << "expects " << name << " to be positive and below 2^31, found " << value;
}

} // namespace braid

#endif // BRAID_LIB_DIALECT_BRAID_IR_VERIFYSHAPES_H
