//===- Evaluator.h - The braid dialect in double precision -----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_REFERENCE_EVALUATOR_H
#define BRAID_REFERENCE_EVALUATOR_H

#include "braid/Interfaces/Interfaces.h"
#include "braid/Reference/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"
#include <functional>

namespace braid {

/// What is rounded to its declared type. Arithmetic is f64 in each mode, and a weight always has a value of its type.
enum class Rounding {
  None,   // nothing
  States, // states declared bf16
  All,    // states, and the results of every op of the model; not the values within a decomposition or a step region
};

/// When a state of fixed shape is rounded. Entries of a growing state are rounded when they are appended.
enum class StatePoints {
  Calls,  // when a call stores it in its slot: the carry within a call is exact
  Tokens, // after each token
};

struct EvaluatorOptions {
  Rounding rounding = Rounding::None;
  StatePoints statePoints = StatePoints::Calls;
  /// Where the numbers of the types stand (see roundTo). How far the results of a few seeds are from the exact ones tells
  /// what rounding may cost.
  uint64_t seed = 0;
};

/// The elements of a weight in C order. A failure has been reported.
using WeightSource =
    std::function<llvm::FailureOr<std::vector<double>>(llvm::StringRef name, llvm::ArrayRef<int64_t> shape)>;

/// Runs one function of a module, from tensors and rows to tensors, and keeps the slots' states between calls. The step
/// regions of sequence operators run token by token; every other op runs by its decomposition. An op with neither is
/// an error at the op.
class Evaluator {
public:
  static llvm::FailureOr<std::unique_ptr<Evaluator>> create(mlir::ModuleOp module, WeightSource weights,
                                                            EvaluatorOptions options = {},
                                                            llvm::StringRef function = "forward");
  ~Evaluator();

  /// One call: row i is tokens rowStart[i] to rowStart[i + 1] and continues slot[i]; with a negative slot it is padding,
  /// for which sequence operators give zeros. A failed call leaves the slots as they were.
  llvm::FailureOr<llvm::SmallVector<Tensor>> call(llvm::ArrayRef<int32_t> tokens, llvm::ArrayRef<int64_t> rowStart,
                                                  llvm::ArrayRef<int32_t> slot);

  /// The same for any function; one without rows takes none.
  llvm::FailureOr<llvm::SmallVector<Tensor>> call(llvm::ArrayRef<Tensor> arguments,
                                                  llvm::ArrayRef<int64_t> rowStart = {},
                                                  llvm::ArrayRef<int32_t> slot = {});

  /// Gives a slot a history: its length, and its states by symbol, each rounded to its type.
  llvm::LogicalResult setSlot(int32_t slot, int64_t length, llvm::StringMap<Tensor> states);

  /// Tokens that a slot has taken.
  int64_t length(int32_t slot) const;
  /// Back to the zero state.
  void reset(int32_t slot);
  /// A slot's state, null while it is zero.
  const Tensor *state(llvm::StringRef symbol, int32_t slot) const;

private:
  struct Impl;
  explicit Evaluator(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

/// Evaluates one op that carries no state on the values of its operands.
llvm::FailureOr<llvm::SmallVector<Tensor>> evaluateOp(mlir::Operation *op, llvm::ArrayRef<Tensor> operands,
                                                      EvaluatorOptions options = {});

/// The states of one row.
using RowState = llvm::SmallVector<Tensor>;

/// Evaluates one sequence operator in its two forms, apart from the module's slots.
class SequenceEvaluator {
public:
  static llvm::FailureOr<SequenceEvaluator> create(SequenceOpInterface op, EvaluatorOptions options = {});
  SequenceEvaluator(SequenceEvaluator &&);
  ~SequenceEvaluator();

  RowState zeroState() const;

  /// The step form: one token for each row. Inputs have a leading axis of rows.
  llvm::FailureOr<llvm::SmallVector<Tensor>> step(llvm::ArrayRef<Tensor> inputs, llvm::ArrayRef<Tensor> parameters,
                                                  llvm::MutableArrayRef<RowState> states);
  /// The segment form: tokens rowStart[i] to rowStart[i + 1] for row i, whose states go from initial to final.
  llvm::FailureOr<llvm::SmallVector<Tensor>> segment(llvm::ArrayRef<int64_t> rowStart, llvm::ArrayRef<Tensor> inputs,
                                                     llvm::ArrayRef<Tensor> parameters,
                                                     llvm::MutableArrayRef<RowState> states);

private:
  struct Impl;
  explicit SequenceEvaluator(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace braid

#endif // BRAID_REFERENCE_EVALUATOR_H
