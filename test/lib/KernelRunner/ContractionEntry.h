//===- ContractionEntry.h - One contraction from its op to code ----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_KERNELRUNNER_CONTRACTIONENTRY_H
#define BRAID_TEST_LIB_KERNELRUNNER_CONTRACTIONENTRY_H

#include "KernelRunner.h"
#include "mlir/IR/MLIRContext.h"

namespace braid::test {

/// A context with every dialect.
void loadDialects(mlir::MLIRContext &context);

/// An entry point around one fused contraction.
struct ContractionEntry {
  /// A tensor that it reads: of tokens if the type's leading size is dynamic, else a weight.
  struct Input {
    std::string name, type;
  };

  std::vector<Input> inputs;
  std::string text;   // reads `%name` of each input, defines %y
  std::string result; // the type of %y
  /// What the config is to be; zeros: what the target chooses.
  int64_t rows = 0, columns = 0, depth = 0;
  bool step = false; // each row of the call holds one token
  std::string cpu = "host";

  /// The contraction's kernel alone.
  Result<std::unique_ptr<KernelRunner>> compile(mlir::MLIRContext &context) const;

private:
  std::string moduleText() const;
};

/// The forms of a linear layer's product.
enum class ContractionForm { Linear, InputGradient, WeightGradient };

/// A form without epilogue, of m x n with k summed; operands of `type`. For the weight gradient m and n are static and k
/// counts tokens, for the others m does. The kernel's arguments are the left operand, the right one and the result.
ContractionEntry contractionEntry(ContractionForm form, int64_t m, int64_t n, int64_t k, const std::string &type,
                                  const std::string &resultType);

} // namespace braid::test

#endif // BRAID_TEST_LIB_KERNELRUNNER_CONTRACTIONENTRY_H
