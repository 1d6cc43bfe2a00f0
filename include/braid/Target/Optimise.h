//===- Optimise.h - LLVM's pipeline ----------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TARGET_OPTIMISE_H
#define BRAID_TARGET_OPTIMISE_H

#include "llvm/Passes/OptimizationLevel.h"

namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm

namespace braid {

/// Runs LLVM's default pipeline of this level for the machine.
void optimise(llvm::Module &module, llvm::TargetMachine &machine, llvm::OptimizationLevel level);

} // namespace braid

#endif // BRAID_TARGET_OPTIMISE_H
