//===- braid-import-test.cpp - Prints what the importer makes of a model ---===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For tests alone: prints the imported module, or, with --spec-only, that the
// file was read. Exits with 3 for bad input and 5 for a file that cannot be read.
//
//===----------------------------------------------------------------------===//

#include "braid/Import/Import.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/raw_ostream.h"

using namespace braid;

static llvm::cl::opt<std::string> path(llvm::cl::Positional, llvm::cl::desc("MODEL"), llvm::cl::Required);
static llvm::cl::opt<std::string> dtype("dtype", llvm::cl::desc("bf16, f32 or f64"));
static llvm::cl::opt<std::string> stateDType("state-dtype", llvm::cl::desc("f32 or bf16"));
static llvm::cl::opt<bool> noWeights("no-weights", llvm::cl::desc("do not look for safetensors"));

int main(int argc, char **argv) {
  llvm::cl::ParseCommandLineOptions(argc, argv);
  ImportOptions options;
  if (!dtype.empty())
    options.dtype = dtypeFromName(dtype);
  if (!stateDType.empty())
    options.stateDType = dtypeFromName(stateDType);
  options.noWeights = noWeights;

  mlir::MLIRContext context;
  context.loadDialect<BraidDialect, mlir::func::FuncDialect>();
  auto module = importModel(path, options, &context,
                            [](llvm::StringRef warning) { llvm::errs() << "warning: " << warning << "\n"; });
  if (module.ok()) {
    (*module)->print(llvm::outs());
    return 0;
  }
  llvm::errs() << "error: " << module.status().message() << "\n";
  switch (module.status().code()) {
  case StatusCode::Usage:
    return 2;
  case StatusCode::BadInput:
  case StatusCode::Unsupported:
    return 3;
  case StatusCode::IO:
    return 5;
  default:
    return 1;
  }
}
