//===- braid-reduce.cpp - Shrinks a module that shows a fault --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReduceFunctions.h"
#include "ReductionPatterns.h"
#include "braid/Pipelines/Register.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Reducer/Passes.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  braid::registerDialects(registry);
  braid::registerReductionPatterns(registry);
  braid::registerPasses();
  mlir::registerReducerPasses();
  braid::registerReduceFunctions();
  mlir::MLIRContext context(registry);
  return mlir::failed(mlir::mlirReduceMain(argc, argv, context));
}
