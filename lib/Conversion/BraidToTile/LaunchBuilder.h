//===- LaunchBuilder.h - What a family needs to lower one fused op ---------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_BRAIDTOTILE_LAUNCHBUILDER_H
#define BRAID_LIB_CONVERSION_BRAIDTOTILE_LAUNCHBUILDER_H

#include "KernelPool.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Dialect/Host/IR/Host.h"
#include <optional>

namespace braid {

/// The views of an entry's tensors while it becomes a host program.
using ViewMap = llvm::DenseMap<mlir::Value, mlir::Value>;

/// Operations and least bytes of a launch.
struct LaunchCost {
  Cost flops, bytes, exponentials;
};

/// Lowers one `braid.fused`: hands out the host's views of its operands and results and writes its launches.
class LaunchBuilder {
public:
  LaunchBuilder(mlir::OpBuilder &builder, KernelPool &kernels, host::ProgramOp program, ViewMap &views, FusedOp fused);

  FusedOp getFused() const { return fused; }
  mlir::Location getLoc() { return fused.getLoc(); }
  /// The rows of the call hold one token each.
  bool isStep() { return program.getStep(); }

  /// The host view of a value inside the region that comes from outside.
  mlir::Value view(mlir::Value argument);
  /// The host view of the fused op's result: a new buffer, or what the entry returns.
  mlir::Value result(unsigned index = 0);
  /// A buffer of this kernel group's own, alive until the op's last launch.
  mlir::Value buffer(host::Axis axis, tile::ViewType type);
  /// A state of all slots or pages: [slots, shape...], or [pages, kv_heads, 128, head_dim].
  mlir::Value state(mlir::FlatSymbolRefAttr name);
  /// A view [n, heads * size] with its columns cut into heads: [n, heads, size].
  mlir::Value splitHeads(mlir::Value view, int64_t heads);
  /// The same with the heads first: [heads, n, size].
  mlir::Value headsFirst(mlir::Value view, int64_t heads);
  /// A view [n, width] as what a run of entries from each one on holds together: [n, shape...] of `run` * width elements.
  mlir::Value runsOf(mlir::Value view, int64_t run, llvm::ArrayRef<int64_t> shape);
  /// One of the call's arrays.
  mlir::Value array(host::Array kind);

  mlir::Value size(host::Size kind);
  /// Entries of the leading axis of a tensor: tokens, rows or a number.
  mlir::Value entries(mlir::Value tensor);
  mlir::Value index(int64_t value);
  /// A size that is at least `least`; 0 in place of a smaller one.
  mlir::Value atLeast(mlir::Value size, int64_t least);
  mlir::Value sum(mlir::Value a, mlir::Value b);
  mlir::Value difference(mlir::Value a, mlir::Value b);
  /// ceil(value / divisor).
  mlir::Value ceilDiv(mlir::Value value, int64_t divisor);

  /// Launches the kernel with this text at the rest of the op's cost: all of it where the op is one launch.
  void launch(llvm::StringRef stem, mlir::ValueRange grid, mlir::ValueRange arguments, KernelText text) {
    launch(stem, grid, arguments, remaining, text);
  }
  /// One of several launches, at its own cost.
  void launch(llvm::StringRef stem, mlir::ValueRange grid, mlir::ValueRange arguments, const LaunchCost &cost,
              KernelText text);
  /// Of the kernels launched from now on, in place of the fused op's own.
  void setConfig(mlir::Attribute other) { config = other; }
  /// Of the kernels launched from now on: the number of the argument that is the work counter, a view of one i64.
  void setWorkCounter(size_t argument) { workCounter = argument; }
  /// What the op costs besides the launches so far.
  const LaunchCost &rest() const { return remaining; }

private:
  mlir::OpBuilder &builder;
  KernelPool &kernels;
  host::ProgramOp program;
  ViewMap &views;
  FusedOp fused;
  mlir::Attribute config;
  std::optional<size_t> workCounter;
  LaunchCost remaining;
};

/// What the leading dimension counts.
host::Axis axisOf(mlir::Type tensor);

/// The view of a dense tensor's memory; a dimension of size one in the middle, as convolution weights have, is left out.
tile::ViewType viewOf(mlir::Type tensor);

} // namespace braid

#endif // BRAID_LIB_CONVERSION_BRAIDTOTILE_LAUNCHBUILDER_H
