//===- FunctionCheck.h - A function as an artifact, against the evaluator -===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_GENERATE_FUNCTIONCHECK_H
#define BRAID_TEST_LIB_GENERATE_FUNCTIONCHECK_H

#include "Comparison.h"
#include "mlir/IR/BuiltinOps.h"
#include <functional>
#include <string>

namespace braid::generate {

struct CheckOptions {
  uint64_t seed = 0; // of the values and of how tokens are cut into calls
  /// Spoils the module that is compiled, not the one that is evaluated: for tests of what finds faults.
  std::function<void(mlir::ModuleOp)> plant;
};

/// Compiles the module's functions for this machine, calls each on random values, a few times where it has rows, and
/// compares results and states with the evaluator's.
CheckResult checkFunctions(mlir::ModuleOp module, const CheckOptions &options);

} // namespace braid::generate

#endif // BRAID_TEST_LIB_GENERATE_FUNCTIONCHECK_H
