//===- braid-opt.cpp - Runs passes over IR of any phase --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Pipelines/Register.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

#ifdef BRAID_TEST_PASSES
namespace braid::test {
void registerBraidPasses();
} // namespace braid::test
#endif

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  braid::registerDialects(registry);
  braid::registerPasses();
#ifdef BRAID_TEST_PASSES
  braid::test::registerBraidPasses();
#endif
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Braid's optimiser driver\n", registry));
}
