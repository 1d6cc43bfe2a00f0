//===- StepProgram.h - A sequence operator run token by token --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_REFERENCE_STEPPROGRAM_H
#define BRAID_LIB_REFERENCE_STEPPROGRAM_H

#include "Program.h"
#include "braid/Interfaces/Interfaces.h"
#include "braid/Reference/Evaluator.h"
#include "mlir/IR/Region.h"

namespace braid::reference {

/// The step region of one sequence operator, built and compiled once.
class StepProgram {
public:
  static llvm::FailureOr<std::unique_ptr<StepProgram>> create(SequenceOpInterface op, EvaluatorOptions options);

  /// Computes what depends on the parameters alone. Call it before `runRow`, and again when they change.
  llvm::LogicalResult start(llvm::ArrayRef<TensorRef> parameters);
  /// Runs tokens `from` to `to` of the inputs as one row, from and to its states, and writes the same tokens of the
  /// outputs.
  llvm::LogicalResult runRow(int64_t from, int64_t to, llvm::ArrayRef<TensorRef> inputs,
                             llvm::MutableArrayRef<TensorRef> states, llvm::MutableArrayRef<TensorRef> outputs);

  llvm::SmallVector<TensorRef> zeroStates() const;
  /// Zeros for `tokens` tokens.
  llvm::SmallVector<TensorRef> makeOutputs(int64_t tokens) const;
  /// Reports inputs that are not the operator's.
  llvm::LogicalResult check(llvm::ArrayRef<TensorRef> inputs, llvm::ArrayRef<TensorRef> parameters,
                            int64_t tokens);
  llvm::LogicalResult checkStates(llvm::ArrayRef<TensorRef> states);

private:
  StepProgram(SequenceOpInterface op, EvaluatorOptions options);
  llvm::LogicalResult build();
  bool roundsState(mlir::RankedTensorType type) const;
  void roundStates(llvm::MutableArrayRef<TensorRef> states) const;
  llvm::LogicalResult saveState(int64_t token, const Tensor &state, Tensor &output);

  SequenceOpInterface op;
  EvaluatorOptions options;
  llvm::SmallVector<mlir::RankedTensorType> stateTypes;
  size_t numInputs, numParameters;
  std::optional<SavedStates> saved;
  mlir::Region region; // holds the step's ops
  Program program;
  Frame frame;
};

} // namespace braid::reference

#endif // BRAID_LIB_REFERENCE_STEPPROGRAM_H
