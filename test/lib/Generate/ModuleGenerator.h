//===- ModuleGenerator.h - Random valid modules of functions --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// NNSmith's way (Liu et al., "NNSmith: Generating Diverse and Valid Test Cases for
// Deep Learning Compilers", section 3): op by op, each on values that are there
// already, with sizes and types chosen so that the op's constraints hold.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_GENERATE_MODULEGENERATOR_H
#define BRAID_TEST_LIB_GENERATE_MODULEGENERATOR_H

#include "Random.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace braid::generate {

using property::Random;

struct ModuleLimits {
  int64_t functions = 3;
  int64_t patterns = 8; // of each function; a pattern is one op or a block of a model
};

/// A module of functions that can be entry points (docs/Runtime.md). It depends on what `random` draws alone.
mlir::OwningOpRef<mlir::ModuleOp> generateModule(mlir::MLIRContext &context, Random &random,
                                                 const ModuleLimits &limits = {});

} // namespace braid::generate

#endif // BRAID_TEST_LIB_GENERATE_MODULEGENERATOR_H
