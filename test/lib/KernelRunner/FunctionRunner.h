//===- FunctionRunner.h - Functions of a module, compiled and called ------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Takes functions of tensors through the CPU's phases, loads them into this
// process and calls them on one row of tokens: for benchmarks of whole
// operators, whatever launches they become.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_KERNELRUNNER_FUNCTIONRUNNER_H
#define BRAID_TEST_LIB_KERNELRUNNER_FUNCTIONRUNNER_H

#include "LoadedObject.h"
#include "ThreadPool.h"
#include "braid/Formats/Manifest.h"
#include "braid/Target/CPU/TargetInfo.h"
#include "mlir/IR/BuiltinOps.h"
#include <map>

namespace braid::test {

class FunctionRunner {
public:
  /// `text`: a module of functions, their weights and their states.
  static Result<std::unique_ptr<FunctionRunner>> compile(const std::string &text, const cpu::TargetInfo &target,
                                                         mlir::MLIRContext &context);

  /// What every thread that runs kernels must have.
  int64_t scratchBytes() const { return scratch; }
  /// Makes room for calls of one row of `tokens` tokens: states and buffers.
  Status prepare(int64_t tokens);
  /// Calls a function on one row without a history.
  void call(const std::string &name, ThreadPool &pool, llvm::ArrayRef<const void *> arguments,
            llvm::ArrayRef<void *> results) {
    run(name, pool, arguments, results, tokens, /*position=*/0);
  }
  /// Calls one on the row's token at `position`, which continues those before it.
  void step(const std::string &name, ThreadPool &pool, llvm::ArrayRef<const void *> arguments,
            llvm::ArrayRef<void *> results, int64_t position) {
    run(name, pool, arguments, results, 1, position);
  }
  /// The kernels with their costs.
  const Manifest &manifest() const { return described; }

private:
  struct Function {
    braid_entry_fn entry = nullptr;
    int64_t arena[3] = {}; // bytes by token, by row, fixed
  };
  struct State {
    int64_t bytes; // of a slot or a page
    bool inPages;
  };
  Status lower(mlir::ModuleOp module, const cpu::TargetInfo &target);
  Status load(const std::string &bytes);
  void run(const std::string &name, ThreadPool &pool, llvm::ArrayRef<const void *> arguments,
           llvm::ArrayRef<void *> results, int64_t count, int64_t position);

  std::map<std::string, Function> functions;
  std::vector<std::string> order; // as the entries are
  std::vector<State> states;
  int64_t scratch = 0, tokens = 0;
  std::vector<HostBuffer> memory; // of the states, then the arena
  std::vector<int32_t> pages;
  Manifest described;
  LoadedObject object;
};

} // namespace braid::test

#endif // BRAID_TEST_LIB_KERNELRUNNER_FUNCTIONRUNNER_H
