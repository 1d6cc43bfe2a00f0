//===- Evaluators.h - What is right, and what rounding may cost ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_GENERATE_EVALUATORS_H
#define BRAID_TEST_LIB_GENERATE_EVALUATORS_H

#include "braid/Reference/Evaluator.h"
#include <optional>

namespace braid::generate {

/// A result or a state.
struct Evaluation {
  Tensor right;                      // exact but for states that are declared bf16
  Tensor unrounded;                  // exact
  llvm::SmallVector<Tensor> rounded; // with every result on the way rounded to its type, by seed (EvaluatorOptions)
};

/// One function evaluated in f64 in every way that an evaluation has, with slots of their own.
class Evaluators {
public:
  /// Null where the evaluator cannot run the function.
  static std::unique_ptr<Evaluators> create(mlir::ModuleOp module, WeightSource weights, llvm::StringRef function);

  /// By result; none where a call fails.
  std::optional<llvm::SmallVector<Evaluation>> call(llvm::ArrayRef<Tensor> arguments,
                                                    llvm::ArrayRef<int64_t> rowStart, llvm::ArrayRef<int32_t> slot);
  /// None while the slot is zero.
  std::optional<Evaluation> state(llvm::StringRef symbol, int32_t slot) const;

private:
  static Evaluation join(llvm::MutableArrayRef<Tensor> values);

  llvm::SmallVector<std::unique_ptr<Evaluator>> evaluators; // in the order of an evaluation's tensors
};

} // namespace braid::generate

#endif // BRAID_TEST_LIB_GENERATE_EVALUATORS_H
