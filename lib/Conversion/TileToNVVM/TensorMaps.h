//===- TensorMaps.h - The boxes that a kernel's bulk copies move ----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_TENSORMAPS_H
#define BRAID_LIB_CONVERSION_TILETONVVM_TENSORMAPS_H

#include "braid/Dialect/Tile/IR/Tile.h"

namespace braid::hopper {

/// What a bulk copy moves at once: a box of one view. The box has a size for each of the view's dimensions.
struct TensorMap {
  unsigned argument; // of the kernel
  llvm::SmallVector<int64_t> box;
  int64_t swizzle; // bytes: 128, or 0 for vectors

  bool operator==(const TensorMap &other) const {
    return argument == other.argument && box == other.box && swizzle == other.swizzle;
  }
};

/// Whether the rows of a kernel's argument begin at multiples of 16 bytes, as bulk copies need it.
bool allowsBulkCopies(mlir::Value view);

/// The distinct boxes of a kernel's bulk copies, in the order of first use.
class TensorMaps {
public:
  TensorMaps() = default;
  explicit TensorMaps(tile::KernelOp kernel);

  llvm::ArrayRef<TensorMap> all() const { return maps; }
  unsigned numberOf(mlir::Value view, tile::SharedType tile) const;

private:
  static TensorMap mapFor(mlir::Value view, tile::SharedType tile);
  void add(mlir::Value view, tile::SharedType tile);

  llvm::SmallVector<TensorMap> maps;
};

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_TENSORMAPS_H
