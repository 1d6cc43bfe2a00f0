//===- Mutate.h - Modules that are valid no more --------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_GENERATE_MUTATE_H
#define BRAID_TEST_LIB_GENERATE_MUTATE_H

#include "Random.h"
#include "mlir/IR/BuiltinOps.h"

namespace braid::generate {

/// Edits one op of the module without regard to what it may hold: an attribute, an operand, a type, or the op itself.
void mutate(mlir::ModuleOp module, property::Random &random);

} // namespace braid::generate

#endif // BRAID_TEST_LIB_GENERATE_MUTATE_H
