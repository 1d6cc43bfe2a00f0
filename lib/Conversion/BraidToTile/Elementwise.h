//===- Elementwise.h - Element-wise ops as scalar expressions --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_BRAIDTOTILE_ELEMENTWISE_H
#define BRAID_LIB_CONVERSION_BRAIDTOTILE_ELEMENTWISE_H

#include "LaunchBuilder.h"

namespace braid {

/// The type that arithmetic on `type` happens in: f64 for f64, else f32.
mlir::Type computeType(mlir::Type type);

/// The activation of one element.
tile::Scalar applyActivation(Activation kind, tile::Scalar x);

/// The values of element-wise ops of a fused region, element by element, in the compute type.
using ElementMap = llvm::DenseMap<mlir::Value, tile::Scalar>;

/// A tile of an element-wise operand: of a single column, the same number all along a row.
tile::Tile loadOperand(tile::KernelBuilder &k, tile::View view, tile::Scalar row, tile::Scalar column, int64_t rows,
                       int64_t columns);

/// Adds the op's result; the operands' elements are in the map.
void applyElementwise(mlir::Operation *op, ElementMap &elements);

} // namespace braid

#endif // BRAID_LIB_CONVERSION_BRAIDTOTILE_ELEMENTWISE_H
