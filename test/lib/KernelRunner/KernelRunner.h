//===- KernelRunner.h - Kernel texts, compiled and called ----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Compiles the kernels of a module for a CPU as an artifact's are, loads them
// into this process and calls them with arrays of the caller: for tests of texts
// and for benchmarks.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_KERNELRUNNER_KERNELRUNNER_H
#define BRAID_TEST_LIB_KERNELRUNNER_KERNELRUNNER_H

#include "KernelTable.h"
#include "ThreadPool.h"
#include "braid/Dialect/Tile/IR/Tile.h"
#include "braid/Target/CPU/TargetInfo.h"
#include "mlir/IR/BuiltinOps.h"
#include <map>

namespace braid::test {

/// One compiled kernel.
struct CompiledKernel {
  braid_kernel_fn function = nullptr;
  int64_t scratchBytes = 0;
  tile::ContractionConfigAttr config;    // null if the text has none
  std::vector<mlir::Type> argumentTypes; // of the text
};

/// The kernels of a module. They stay loaded as long as this lives.
class KernelRunner {
public:
  /// `module` has been through the tile phase, or holds texts alone; it is consumed.
  static Result<std::unique_ptr<KernelRunner>> compile(mlir::ModuleOp module, const cpu::TargetInfo &target);

  /// The kernel of this name; null if there is none.
  const CompiledKernel *find(const std::string &name) const;
  const std::map<std::string, CompiledKernel> &all() const { return kernels; }

private:
  Status load(const std::string &bytes);
  std::map<std::string, CompiledKernel> kernels;
  TestObject object;
};

/// The argument struct of a launch, filled in the order of the text's arguments.
class KernelArguments {
public:
  explicit KernelArguments(const CompiledKernel &kernel) : kernel(kernel) {}

  /// A view of memory; its dynamic sizes in order.
  KernelArguments &view(const void *data, std::initializer_list<int64_t> dynamicSizes = {});
  KernelArguments &index(int64_t value);

  /// Runs every block of the grid on the pool, whose scratch must suffice.
  void launch(ThreadPool &pool, int64_t g0, int64_t g1 = 1, int64_t g2 = 1);

private:
  void append(const void *bytes, size_t size);

  const CompiledKernel &kernel;
  std::vector<char> bytes;
};

} // namespace braid::test

#endif // BRAID_TEST_LIB_KERNELRUNNER_KERNELRUNNER_H
