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
#include "braid/Reference/Evaluator.h"
#include "common/Handles.h"
#include "common/PagedState.h"
#include "mlir/IR/BuiltinOps.h"
#include <functional>

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
  /// Takes a copy of the module to an artifact for this machine, its dumps beside it, and loads that with weights of this
  /// seed. `spoil` may edit the copy first.
  static Result<std::unique_ptr<LoadedFunctions>> compile(mlir::ModuleOp module, uint64_t seed,
                                                          const std::function<void(mlir::ModuleOp)> &spoil = nullptr);

  /// `call` is null where the function takes no rows. Results have `tokens` or the call's rows as their leading extent.
  Result<std::vector<Tensor>> call(const std::string &function, llvm::ArrayRef<Tensor> arguments, int64_t tokens,
                                   const CallOfRows *call, Slots *slots);
  /// The logits [batch * length, vocabulary] of a model's entry `score`.
  Result<Tensor> score(llvm::ArrayRef<int32_t> tokens, int64_t batch, int64_t length);

  const Manifest &manifest() const { return parsed; }
  /// The weights that the program drew.
  WeightSource weights() const;

private:
  static Result<std::unique_ptr<LoadedFunctions>> load(mlir::ModuleOp lowered, uint64_t seed);

  uint64_t seed = 0;
  tool::ProgramHandle program;
  tool::ContextHandle context;
  Manifest parsed;
};

} // namespace braid::generate

#endif // BRAID_TEST_LIB_GENERATE_LOADEDFUNCTIONS_H
