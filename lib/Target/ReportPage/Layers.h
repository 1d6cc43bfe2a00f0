//===- Layers.h - The layer that an operation belongs to -------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_TARGET_REPORTPAGE_LAYERS_H
#define BRAID_LIB_TARGET_REPORTPAGE_LAYERS_H

#include "mlir/IR/Operation.h"
#include "llvm/ADT/SmallVector.h"

namespace braid {

/// What lies behind views of it.
mlir::Value rootOf(mlir::Value view);

/// The weights and states that the operation, or one inside it, reads or writes.
llvm::SmallVector<mlir::StringAttr> namesIn(mlir::Operation &op);

/// Tells, in program order, each operation's layer by the names of its weights and states ("backbone.layers.3.norm.weight");
/// an operation without names belongs to the layer before it. Where there are only other names, it is in none.
class LayerWalk {
public:
  static constexpr int64_t none = -1;
  int64_t next(mlir::Operation &op);

private:
  int64_t current = none;
};

} // namespace braid

#endif // BRAID_LIB_TARGET_REPORTPAGE_LAYERS_H
