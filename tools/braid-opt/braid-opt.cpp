//===- braid-opt.cpp - Runs passes over IR of any phase --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Braid/IR/Braid.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

#ifdef BRAID_TEST_PASSES
namespace braid::test {
void registerBraidPasses();
} // namespace braid::test
#endif

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<braid::BraidDialect, mlir::arith::ArithDialect, mlir::func::FuncDialect, mlir::math::MathDialect,
                  mlir::scf::SCFDialect>();
  mlir::registerTransformsPasses();
#ifdef BRAID_TEST_PASSES
  braid::test::registerBraidPasses();
#endif
  return mlir::asMainReturnCode(mlir::MlirOptMain(argc, argv, "Braid's optimiser driver\n", registry));
}
