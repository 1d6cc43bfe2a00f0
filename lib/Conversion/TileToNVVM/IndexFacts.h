//===- IndexFacts.h - What is known of an index ---------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_INDEXFACTS_H
#define BRAID_LIB_CONVERSION_TILETONVVM_INDEXFACTS_H

#include "mlir/IR/Value.h"

namespace braid::hopper {

/// Whether an index of a scheduled kernel is surely not negative.
bool isNonNegative(mlir::Value index);

/// A number that surely divides it; 0 divides zero alone.
int64_t divisorOf(mlir::Value index);

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_INDEXFACTS_H
