//===- LoadedFunctions.h - A module as a program of the runtime -----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_GENERATE_LOADEDFUNCTIONS_H
#define BRAID_TEST_LIB_GENERATE_LOADEDFUNCTIONS_H

#include "GuardedArray.h"
#include "braid/Formats/Manifest.h"
#include "braid/Reference/Tensor.h"
#include "common/Handles.h"
#include "common/PagedState.h"
#include "mlir/IR/BuiltinOps.h"

namespace braid::generate {

/// Ends at memory that nobody may touch and begins as NaN of every type.
class Memory {
public:
  explicit Memory(size_t bytes, size_t alignment = 1);
  Memory(DType dtype, const Tensor &values);
  void *data() const { return array->data(); }
  Tensor read(DType dtype, llvm::ArrayRef<int64_t> shape) const;

private:
  std::unique_ptr<test::GuardedArray<char>> array;
};

/// Rows of one call.
struct CallOfRows {
  std::vector<int64_t> rowStart{0};
  std::vector<int32_t> slot; // negative: padding
  int64_t tokens() const { return rowStart.back(); }
  int64_t rows() const { return int64_t(slot.size()); }
};

/// Sequences of a program's states.
struct Slots {
  Slots(const Manifest &manifest, int64_t slots, int64_t longest);
  void advance(const CallOfRows &call);
  /// A slot's state after the calls so far: [shape...], for keys and values [tokens, kv_heads, head_dim].
  Tensor state(size_t index, int64_t slot) const;

  const Manifest &manifest;
  tool::PageTable pages;
  std::vector<int64_t> length;
  std::vector<Memory> memory;
  std::vector<void *> pointers;
};

class LoadedFunctions {
public:
  /// Emits the artifact of a module that was lowered for this machine, and loads it with weights of this seed.
  static Result<std::unique_ptr<LoadedFunctions>> load(mlir::ModuleOp lowered, uint64_t seed);

  /// `call` is null where the function takes no rows. Results have `tokens` or the call's rows as their leading extent.
  Result<std::vector<Tensor>> call(const std::string &function, llvm::ArrayRef<Tensor> arguments, int64_t tokens,
                                   const CallOfRows *call, Slots *slots);
  const Manifest &manifest() const { return parsed; }

private:
  tool::ProgramHandle program;
  tool::ContextHandle context;
  Manifest parsed;
};

} // namespace braid::generate

#endif // BRAID_TEST_LIB_GENERATE_LOADEDFUNCTIONS_H
