//===- ScheduleBuilder.h - What every family's schedule writes ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A schedule replaces a kernel's text by roles. They are written behind the text,
// which they still read and clone from; at last the text goes.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_SCHEDULEBUILDER_H
#define BRAID_LIB_CONVERSION_TILETONVVM_SCHEDULEBUILDER_H

#include "braid/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace braid::hopper {

class ScheduleBuilder {
protected:
  explicit ScheduleBuilder(tile::KernelOp kernel) : kernel(kernel), b(kernel.getLoc(), kernel->getContext()) {}

  /// Writes rings, barriers and roles by `create`, and erases the text. The kernel has the roles' warps, and its blocks
  /// walk over the grid; `create` returns how many of them are a cluster.
  void replaceText(llvm::function_ref<int64_t()> create);

  // Before the roles.
  mlir::Value createRing(int64_t stages, llvm::ArrayRef<int64_t> shape, mlir::Type element);
  mlir::Value createRing(int64_t stages, tile::TileType tile) {
    return createRing(stages, tile.getShape(), tile.getElementType());
  }
  mlir::Value createBarrier(int64_t stages, int64_t arrivals);
  using RoleBody = llvm::function_ref<void(mlir::Value group)>;
  void createRole(llvm::StringRef name, int64_t firstWarp, int64_t warps, int64_t groups, int64_t registers,
                  bool oneThread, RoleBody body);

  // In a role.
  mlir::Value index(int64_t value);
  mlir::Value start(int64_t stages, int64_t phase);
  mlir::Value advance(mlir::Value cursor, int64_t times = 1);
  mlir::Value slot(mlir::Value ring, mlir::Value stage);
  /// Some rows of a tile in shared memory, or elements of a vector.
  mlir::Value rowsOf(mlir::Value shared, mlir::Value first, int64_t count);
  void oneThread(llvm::function_ref<void()> body);
  void ifThen(mlir::Value condition, llvm::function_ref<void()> body, llvm::function_ref<void()> otherwise = nullptr);

  // The text in a role: `mapping` is of its scalars.
  /// Clones a block's arithmetic on indices and numbers, but for what it takes from tiles.
  void cloneScalars(mlir::Block &block, mlir::IRMapping &mapping);
  static llvm::SmallVector<mlir::Value> mapped(mlir::OperandRange values, const mlir::IRMapping &mapping);

  tile::KernelOp kernel;
  mlir::ImplicitLocOpBuilder b;
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_SCHEDULEBUILDER_H
