//===- Run.cpp - One forward of a batch, for the driver --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Reference/Run.h"

using namespace mlir;
using namespace braid;

FailureOr<std::vector<float>> braid::runReference(ModuleOp module, WeightSource weights, ArrayRef<int32_t> tokens,
                                                  int64_t batch, int64_t length, EvaluatorOptions options) {
  if (batch < 0 || length < 0 || int64_t(tokens.size()) != batch * length)
    return module.emitError() << "expects " << batch << " rows of " << length << " tokens, found " << tokens.size()
                              << " tokens";
  auto evaluator = Evaluator::create(module, std::move(weights), options);
  if (failed(evaluator))
    return failure();
  SmallVector<int64_t> rowStart;
  SmallVector<int32_t> slot;
  for (int64_t row = 0; row <= batch; ++row)
    rowStart.push_back(row * length);
  for (int64_t row = 0; row < batch; ++row)
    slot.push_back(int32_t(row));
  FailureOr<SmallVector<Tensor>> results = (*evaluator)->call(tokens, rowStart, slot);
  if (failed(results))
    return failure();
  if (results->size() != 1 || results->front().shape.size() != 2 || results->front().shape[0] != batch * length)
    return module.emitError() << "expects 'forward' to give one tensor of logits with an entry for each token";
  return std::vector<float>(results->front().data.begin(), results->front().data.end());
}
