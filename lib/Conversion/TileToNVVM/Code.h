//===- Code.h - Emits one thread's instructions ---------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What the NVVM dialect cannot say is inline assembly here, each instruction
// once. Numbers are i32 unless the name says otherwise: a thread's arithmetic
// on its place in the block and on shared memory's addresses is 32 bits wide;
// addresses of global memory are 64.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_CODE_H
#define BRAID_LIB_CONVERSION_TILETONVVM_CODE_H

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace braid::hopper {

class Code : public mlir::ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  mlir::Value i32(int64_t constant);
  mlir::Value i64(int64_t constant);
  mlir::Value index(int64_t constant);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value add(mlir::Value a, int64_t b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, int64_t b);
  mlir::Value div(mlir::Value a, int64_t b); // unsigned
  mlir::Value rem(mlir::Value a, int64_t b); // unsigned
  mlir::Value exclusiveOr(mlir::Value a, mlir::Value b);
  mlir::Value equal(mlir::Value a, mlir::Value b);
  mlir::Value less(mlir::Value a, mlir::Value b); // signed
  mlir::Value both(mlir::Value a, mlir::Value b); // null is true
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);
  mlir::Value zero(mlir::Type type);
  /// An index as an i32: wraps.
  mlir::Value narrow(mlir::Value index);
  /// An i32 as an index.
  mlir::Value widen(mlir::Value number);

  /// Volatile inline assembly. `results` may be empty.
  llvm::SmallVector<mlir::Value> assembly(const llvm::Twine &text, llvm::StringRef constraints,
                                          mlir::ValueRange operands, mlir::TypeRange results, bool sideEffects = true);

  void ifThen(mlir::Value condition, llvm::function_ref<void()> body);
  /// condition ? value() : otherwise, where value() is computed only if it is used.
  mlir::Value ifElse(mlir::Value condition, mlir::Type type, llvm::function_ref<mlir::Value()> value,
                     mlir::Value otherwise);

  mlir::Value warpUniform(mlir::Value value);
  /// A number of 32 or 64 bits of another lane of the warp: lane `lane`, or the one `lane` below (its own where there is
  /// none).
  mlir::Value fromLane(mlir::Value value, mlir::Value lane);
  mlir::Value fromLaneBelow(mlir::Value value, int64_t distance);
  /// Two f32 as bf16 or f16 in an i32, the first one low.
  mlir::Value packPair(mlir::Value low, mlir::Value high, mlir::Type halfType);

private:
  mlir::Value shuffle(mlir::Value value, mlir::Value lane, mlir::Value clamp, mlir::NVVM::ShflKind kind);
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_CODE_H
