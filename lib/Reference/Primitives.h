//===- Primitives.h - Kernels of the primitives ----------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_REFERENCE_PRIMITIVES_H
#define BRAID_LIB_REFERENCE_PRIMITIVES_H

#include "braid/Reference/Tensor.h"
#include "mlir/IR/Operation.h"
#include <functional>

namespace braid::reference {

/// Computes an op's results from its operands, which it may overwrite where it is their only holder.
using Kernel = std::function<llvm::LogicalResult(llvm::MutableArrayRef<TensorRef> operands,
                                                 llvm::SmallVectorImpl<TensorRef> &results)>;

/// The kernel of a primitive: an op of the braid dialect's primitives, or an element-wise op of arith or math on
/// tensors. Null for any other op.
Kernel primitiveKernel(mlir::Operation *op);

/// y[b, i, j] = sum_k a[b, i, k] * c[b, j, k].
void contract(const double *a, const double *c, double *y, int64_t batch, int64_t rows, int64_t columns, int64_t depth);

} // namespace braid::reference

#endif // BRAID_LIB_REFERENCE_PRIMITIVES_H
