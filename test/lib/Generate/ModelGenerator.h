//===- ModelGenerator.h - Random descriptions of models -------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_GENERATE_MODELGENERATOR_H
#define BRAID_TEST_LIB_GENERATE_MODELGENERATOR_H

#include "Comparison.h"
#include "Random.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace braid::generate {

/// The text of a small model (docs/Descriptions.md): layers of any kinds in any order, sizes without a common factor.
std::string generateDescription(property::Random &random);

/// The module of a description; null with a diagnostic where it is refused.
mlir::OwningOpRef<mlir::ModuleOp> importDescription(const std::string &text, mlir::MLIRContext &context);

/// Compiles the model for this machine, scores random tokens, and compares the logits with the evaluator's.
CheckResult checkModel(mlir::ModuleOp module, uint64_t seed);

} // namespace braid::generate

#endif // BRAID_TEST_LIB_GENERATE_MODELGENERATOR_H
