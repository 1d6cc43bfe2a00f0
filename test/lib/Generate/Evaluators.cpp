//===- Evaluators.cpp - What is right, and what rounding may cost ----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Evaluators.h"
#include <iterator>

using namespace mlir;

namespace braid::generate {

/// Seed 0 rounds to the nearest number. With each the error is as large where many roundings add up, and another where
/// few decide; eight are enough to tell the two apart, and take little of the time that compiling takes.
static constexpr uint64_t seeds = 8;

std::unique_ptr<Evaluators> Evaluators::create(ModuleOp module, WeightSource weights, StringRef function) {
  auto result = std::make_unique<Evaluators>();
  auto add = [&](Rounding rounding, uint64_t seed = 0) {
    EvaluatorOptions options;
    options.rounding = rounding, options.seed = seed;
    auto evaluator = Evaluator::create(module, weights, options, function);
    if (failed(evaluator))
      return false;
    result->evaluators.push_back(std::move(*evaluator));
    return true;
  };
  bool all = add(Rounding::States) && add(Rounding::None);
  for (uint64_t seed = 0; all && seed < seeds; ++seed)
    all = add(Rounding::All, seed);
  return all ? std::move(result) : nullptr;
}

Evaluation Evaluators::join(MutableArrayRef<Tensor> values) {
  Evaluation joined{std::move(values[0]), std::move(values[1]), {}};
  joined.rounded.append(std::make_move_iterator(values.begin() + 2), std::make_move_iterator(values.end()));
  return joined;
}

std::optional<SmallVector<Evaluation>> Evaluators::call(ArrayRef<Tensor> arguments, ArrayRef<int64_t> rowStart,
                                                        ArrayRef<int32_t> slot) {
  SmallVector<SmallVector<Tensor>> values; // by result
  for (auto &evaluator : evaluators) {
    FailureOr<SmallVector<Tensor>> results = evaluator->call(arguments, rowStart, slot);
    if (failed(results))
      return std::nullopt;
    values.resize(results->size());
    for (auto [i, result] : llvm::enumerate(*results))
      values[i].push_back(std::move(result));
  }
  SmallVector<Evaluation> joined;
  for (SmallVector<Tensor> &value : values)
    joined.push_back(join(value));
  return joined;
}

std::optional<Evaluation> Evaluators::state(StringRef symbol, int32_t slot) const {
  SmallVector<Tensor> values;
  for (auto &evaluator : evaluators) {
    const Tensor *value = evaluator->state(symbol, slot);
    if (!value)
      return std::nullopt;
    values.push_back(*value);
  }
  return join(values);
}

} // namespace braid::generate
