//===- ModuleGenerator.cpp - Random valid modules of functions ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModuleGenerator.h"
#include "FunctionGenerator.h"

using namespace mlir;

namespace braid::generate {

OwningOpRef<ModuleOp> generateModule(MLIRContext &context, Random &random, const ModuleLimits &limits) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(&context));
  int64_t functions = random.scale(1, limits.functions);
  for (int64_t i = 0; i < functions; ++i)
    FunctionGenerator(*module, random, "f" + std::to_string(i)).generate(random.scale(1, limits.patterns));
  return module;
}

} // namespace braid::generate
