//===- Run.h - One forward of a batch, for the driver ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_REFERENCE_RUN_H
#define BRAID_REFERENCE_RUN_H

#include "braid/Reference/Evaluator.h"

namespace braid {

/// The logits [batch, length, vocabulary] of tokens [batch, length], each row from the zero state. The module's
/// `forward` gives logits for each token; anything else is an error.
llvm::FailureOr<std::vector<float>> runReference(mlir::ModuleOp module, WeightSource weights,
                                                 llvm::ArrayRef<int32_t> tokens, int64_t batch, int64_t length,
                                                 EvaluatorOptions options = {});

} // namespace braid

#endif // BRAID_REFERENCE_RUN_H
