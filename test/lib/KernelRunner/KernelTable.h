//===- KernelTable.h - Kernels of an object, by their place in a table ----===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_KERNELRUNNER_KERNELTABLE_H
#define BRAID_TEST_LIB_KERNELRUNNER_KERNELTABLE_H

#include "braid/Formats/Status.h"
#include "braid/Runtime/artifact.h"
#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <utility>

namespace braid::test {

/// Adds a table of these kernels, which have been lowered, to what the module's object exports.
void exportKernels(mlir::ModuleOp module, llvm::ArrayRef<std::string> names);

/// A shared object loaded from memory. Its file stays open as long as it is loaded: the loader knows objects by name.
class TestObject {
public:
  TestObject() = default;
  TestObject(TestObject &&other) : handle(std::exchange(other.handle, nullptr)), file(std::exchange(other.file, -1)) {}
  TestObject &operator=(TestObject &&other) {
    std::swap(handle, other.handle);
    std::swap(file, other.file);
    return *this;
  }
  ~TestObject();

  static Result<TestObject> load(const std::string &bytes);

  /// Null where the object does not export it.
  const void *find(const char *symbol) const;
  /// The kernels in the order in which they were exported.
  llvm::ArrayRef<braid_kernel_fn> kernels(size_t count) const;

private:
  void *handle = nullptr;
  int file = -1;
};

} // namespace braid::test

#endif // BRAID_TEST_LIB_KERNELRUNNER_KERNELTABLE_H
