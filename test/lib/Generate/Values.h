//===- Values.h - Values that fit what reads them -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_GENERATE_VALUES_H
#define BRAID_TEST_LIB_GENERATE_VALUES_H

#include "Random.h"
#include "braid/Formats/DType.h"
#include "braid/Reference/Tensor.h"
#include "mlir/IR/Value.h"

namespace braid::generate {

DType dtypeOf(mlir::Type element);

/// Random values of an argument, rounded to its type: as small as the matrix of a product has to be, near one for a norm,
/// within the table for tokens.
Tensor drawArgument(mlir::Value argument, llvm::ArrayRef<int64_t> shape, property::Random &random);

} // namespace braid::generate

#endif // BRAID_TEST_LIB_GENERATE_VALUES_H
