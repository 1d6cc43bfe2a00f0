//===- KernelContext.h - What the emitters of one kernel share ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETOVECTOR_KERNELCONTEXT_H
#define BRAID_LIB_CONVERSION_TILETOVECTOR_KERNELCONTEXT_H

#include "braid/Conversion/TileToVector/CPUTargetInfo.h"
#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace braid::tile {

/// A view in the lowered kernel.
struct ViewMemory {
  mlir::Value pointer;
  llvm::SmallVector<mlir::Value> sizes; // index, of every dimension
};

/// A tile in memory.
struct Storage {
  PlaceKind kind = PlaceKind::Inline;
  mlir::Value pointer;
  int64_t stride = 0;
  mlir::Value rows; // of a packed left operand: an index below which rows may hold more than zeros; null if all do
};

/// Emits arithmetic at one place after the other; small constants fold.
class Code : public mlir::ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  mlir::Value index(int64_t constant);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value add(mlir::Value a, int64_t b) { return b == 0 ? a : add(a, index(b)); }
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, int64_t b);
  mlir::Value min(mlir::Value a, mlir::Value b);
  mlir::Value max(mlir::Value a, mlir::Value b);
  mlir::Value less(mlir::Value a, mlir::Value b);      // signed a < b
  mlir::Value lessEqual(mlir::Value a, mlir::Value b); // signed a <= b
  /// a && b, where null is true.
  mlir::Value both(mlir::Value a, mlir::Value b);
  mlir::Value zero(mlir::Type type); // a number or a vector of them
  mlir::Value splat(mlir::Value scalar, int64_t lanes);

  /// The address `offset` elements behind `pointer`.
  mlir::Value address(mlir::Value pointer, mlir::Type element, mlir::Value offset);
  mlir::Value address(mlir::Value pointer, mlir::Type element, int64_t offset) {
    return offset == 0 ? pointer : address(pointer, element, index(offset));
  }
  mlir::Value load(mlir::Type type, mlir::Value pointer);
  void store(mlir::Value value, mlir::Value pointer);
  /// The same for the lanes in `which` alone; the others load zero.
  mlir::Value maskedLoad(mlir::VectorType type, mlir::Value pointer, mlir::Value which);
  void maskedStore(mlir::Value value, mlir::Value pointer, mlir::Value which);
  /// A vector, passed on by a request for the line at `pointer` in the second level of cache. LLVM's scheduler gathers
  /// prefetches in one place where nothing ties them to another.
  mlir::Value prefetchWith(mlir::Value vector, mlir::Value pointer);

  /// Asks for memory of the second level of cache: one address, or the lines of a row of a tile. It need not exist.
  void prefetch(mlir::Value pointer, bool toWrite = false);
  void prefetchLines(mlir::Value row, TileType type, bool toWrite = false);

  /// for (i = lo; i < hi; i += step); a single turn is written without a loop.
  void loop(int64_t lo, int64_t hi, int64_t step, llvm::function_ref<void(mlir::Value)> body);
  void loop(mlir::Value lo, mlir::Value hi, llvm::function_ref<void(mlir::Value)> body) { loop(lo, hi, 1, body); }
  void loop(mlir::Value lo, mlir::Value hi, int64_t step, llvm::function_ref<void(mlir::Value)> body);
  void ifThen(mlir::Value condition, llvm::function_ref<void()> body);
  /// body(true) where the condition holds and body(false) where not; a null condition holds.
  void ifElse(mlir::Value condition, llvm::function_ref<void(bool)> body);

  /// An operation without meaning before which more may be inserted later.
  mlir::Operation *mark();
};

struct KernelContext {
  explicit KernelContext(KernelOp kernel);

  Code code;
  CPUTargetInfo target;
  mlir::Value scratch;
  mlir::IRMapping scalars;
  llvm::DenseMap<mlir::Value, ViewMemory> views;
  llvm::DenseMap<mlir::Value, Storage> tiles;

  mlir::Value scalar(mlir::Value value) { return scalars.lookup(value); }
  Storage storageAt(PlaceAttr place);
  int64_t vectorBytes() const { return target.vectorBits / 8; }
};

inline int64_t bytesOf(mlir::Type element) { return element.isIndex() ? 8 : (element.getIntOrFloatBitWidth() + 7) / 8; }

} // namespace braid::tile

#endif // BRAID_LIB_CONVERSION_TILETOVECTOR_KERNELCONTEXT_H
