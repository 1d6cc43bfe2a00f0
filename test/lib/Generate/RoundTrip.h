//===- RoundTrip.h - Text, and the module that it was ---------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_GENERATE_ROUNDTRIP_H
#define BRAID_TEST_LIB_GENERATE_ROUNDTRIP_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <string>

namespace braid::generate {

std::string printed(mlir::ModuleOp module, bool generic = false);

/// Verifies, prints, parses and prints again, in the custom and in the generic form. What does not hold; "" if all does.
std::string checkRoundTrip(mlir::ModuleOp module);

/// Takes a copy of the module through the CPU's phases up to lowering, and beside it one that is parsed anew from text
/// before each phase: the dumps must be the same, to the last. On success `module` becomes the resumed copy, lowered.
std::string lowerBesideDumps(mlir::OwningOpRef<mlir::ModuleOp> &module);

} // namespace braid::generate

#endif // BRAID_TEST_LIB_GENERATE_ROUNDTRIP_H
