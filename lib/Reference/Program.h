//===- Program.h - A block as a list of instructions -----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_REFERENCE_PROGRAM_H
#define BRAID_LIB_REFERENCE_PROGRAM_H

#include "Primitives.h"
#include "mlir/IR/Block.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace braid::reference {

/// The registers of a running program. What does not depend on the varying arguments stays from run to run.
using Frame = std::vector<TensorRef>;

/// What a block means to the evaluator beyond its primitives.
struct ProgramOptions {
  /// Arguments that are the same in every run of a frame.
  llvm::SmallVector<bool> invariantArguments;
  /// Kernels of ops that are neither primitives nor decomposed; may return null.
  std::function<Kernel(mlir::Operation *)> special;
  /// Rounds results of the block's own ops, not those of their decompositions, to their declared types.
  bool roundResults = false;
  /// Values that are rounded to their declared types as soon as they are computed.
  llvm::DenseSet<mlir::Value> roundedValues;
  /// Of roundings.
  uint64_t seed = 0;
};

/// A block of straight-line code, compiled once: ops with a decomposition are replaced by it in the block, ops that
/// depend on invariant arguments alone run once for each frame, and an operand's last user gets to overwrite it.
class Program {
public:
  /// The block stays alive as long as the program. Reports an error at an op that the evaluator cannot run.
  static llvm::FailureOr<Program> compile(mlir::Block &block, ProgramOptions options);

  /// A frame whose invariant arguments are set; the varying ones may be null.
  llvm::FailureOr<Frame> start(llvm::ArrayRef<TensorRef> arguments) const;
  /// Runs the rest, with the varying arguments taken from `arguments`, which has an entry for each argument.
  llvm::LogicalResult run(Frame &frame, llvm::MutableArrayRef<TensorRef> arguments,
                          llvm::SmallVectorImpl<TensorRef> &results) const;

private:
  struct Instruction {
    Kernel kernel;
    llvm::SmallVector<unsigned, 4> operands;
    llvm::SmallVector<unsigned, 1> results;
    llvm::SmallVector<unsigned, 4> dying;
  };

  llvm::LogicalResult emit(mlir::Operation *op, bool ofModel, const ProgramOptions &options);
  void emitRounding(mlir::Value value, uint64_t seed);
  unsigned registerOf(mlir::Value value);
  std::vector<Instruction> &listFor(llvm::ArrayRef<unsigned> operands);
  void findLastUses();
  static llvm::LogicalResult execute(const std::vector<Instruction> &list, Frame &frame);

  llvm::DenseMap<mlir::Value, unsigned> registers;
  llvm::SmallVector<bool> isInvariant; // by register
  std::vector<Instruction> invariant, varying;
  llvm::SmallVector<unsigned> arguments, results;
};

} // namespace braid::reference

#endif // BRAID_LIB_REFERENCE_PROGRAM_H
