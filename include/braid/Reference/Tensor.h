//===- Tensor.h - Values of the reference evaluator ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_REFERENCE_TENSOR_H
#define BRAID_REFERENCE_TENSOR_H

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallVector.h"
#include <memory>
#include <vector>

namespace braid {

/// A shape and its elements in C order, whatever the type in the IR; integers up to 2^53 are exact.
struct Tensor {
  llvm::SmallVector<int64_t, 4> shape;
  std::vector<double> data;

  Tensor() = default;
  /// Zeros.
  explicit Tensor(llvm::ArrayRef<int64_t> shape);
  Tensor(llvm::ArrayRef<int64_t> shape, std::vector<double> data);

  int64_t size() const { return int64_t(data.size()); }
  /// The product of the extents from dimension `first` to before `last`.
  int64_t extent(size_t first, size_t last) const;
  /// Elements of one entry of the leading dimension.
  int64_t entrySize() const { return extent(1, shape.size()); }
  /// Entries `from` to `to` of the leading dimension.
  Tensor entries(int64_t from, int64_t to) const;
};

/// The evaluator shares values between registers, and writes in place what nobody else holds.
using TensorRef = std::shared_ptr<Tensor>;

/// Whether a value of this shape may have this type.
bool fits(const Tensor &tensor, mlir::RankedTensorType type);

/// The nearest value of a floating-point type, ties to even; f64 and other types change nothing. With a seed, all values
/// of one sign and exponent stand elsewhere by one part of a unit in the last place, and so errors of the same size come
/// out otherwise; what the type holds as it is stays.
double roundTo(double value, mlir::Type element, uint64_t seed = 0);
/// Rounds every element.
void roundTo(Tensor &tensor, mlir::Type element, uint64_t seed = 0);

} // namespace braid

#endif // BRAID_REFERENCE_TENSOR_H
