//===- IndexFacts.h - What is known of an index ---------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_INDEXFACTS_H
#define BRAID_LIB_CONVERSION_TILETONVVM_INDEXFACTS_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/DenseMap.h"
#include <optional>
#include <utility>

namespace mlir {
class Operation;
}

namespace braid::hopper {

/// Whether an index of a scheduled kernel is surely not negative.
bool isNonNegative(mlir::Value index);

/// A number that surely divides it; 0 divides zero alone.
int64_t divisorOf(mlir::Value index);

/// Ranges of indices, and what they decide.
class IndexRanges {
public:
  /// `value` is at least `least` and at most `most`.
  void know(mlir::Value value, int64_t least, int64_t most) { ranges[value] = {least, most}; }
  /// The answer of a comparison, where ranges give it. Of a quotient by a number it learns the range.
  std::optional<bool> decide(mlir::Operation &op);

private:
  using Range = std::pair<int64_t, int64_t>;
  std::optional<Range> rangeOf(mlir::Value value) const;

  llvm::DenseMap<mlir::Value, Range> ranges;
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_INDEXFACTS_H
