//===- braidc-plant.cpp - braidc with a fault in one phase -----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// braidc-plant PHASE:FAULT ARGUMENTS... is braidc with these arguments, where the phase fails in the given way.
//
//===----------------------------------------------------------------------===//

#include "Driver.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/ErrorHandling.h"
#include <csignal>
#include <limits>
#include <stdexcept>

using namespace mlir;

namespace {

/// Recursion that no compiler turns into a loop; its end is never reached.
[[gnu::noinline]] int overflowStack(volatile char *outer, int64_t depth) {
  volatile char frame[4096] = {};
  frame[0] = outer[0];
  return depth == std::numeric_limits<int64_t>::max() ? 0 : overflowStack(frame, depth + 1) + frame[0];
}

void allocateWithoutEnd() {
  for (size_t size = size_t{1} << 30;; size *= 2)
    static_cast<volatile char *>(::operator new(size))[0] = 1;
}

struct PlantedPass : PassWrapper<PlantedPass, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PlantedPass)
  explicit PlantedPass(std::string fault) : fault(std::move(fault)) {}
  StringRef getName() const override { return "planted"; }

  void runOnOperation() override {
    char here = 0;
    if (fault == "segv")
      std::raise(SIGSEGV);
    else if (fault == "abort")
      std::abort();
    else if (fault == "fatal")
      llvm::report_fatal_error("cannot select: a planted node");
    else if (fault == "memory")
      allocateWithoutEnd();
    else if (fault == "stack")
      overflowStack(&here, 0);
    else if (fault == "throw")
      throw std::runtime_error("a planted exception");
    else if (fault == "exit")
      std::exit(1);
    else if (fault == "kill")
      std::raise(SIGKILL);
    else if (fault == "pass")
      getOperation()->emitOpError() << "meets a planted\nfault", signalPassFailure();
  }

  std::string fault;
};

} // namespace

int main(int argc, char **argv) {
  StringRef plant = argc > 1 ? argv[1] : "";
  std::string phase = plant.split(':').first.str(), fault = plant.split(':').second.str();
  for (int i = 1; i < argc; ++i)
    argv[i] = argv[i + 1];
  return braid::compile(argc - 1, argv, [&](braid::Phase now, OpPassManager &pm) {
    if (braid::nameOf(now) == phase)
      pm.addPass(std::make_unique<PlantedPass>(fault));
  });
}
