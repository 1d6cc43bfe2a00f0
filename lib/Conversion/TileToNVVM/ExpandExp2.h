//===- ExpandExp2.h - Powers of two in f64 --------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_EXPANDEXP2_H
#define BRAID_LIB_CONVERSION_TILETONVVM_EXPANDEXP2_H

#include "mlir/Dialect/Math/IR/Math.h"

namespace braid::hopper {

/// Replaces a power of two in f64, for which a GPU has no instruction, by arithmetic.
void expandExp2(mlir::math::Exp2Op op);

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_EXPANDEXP2_H
