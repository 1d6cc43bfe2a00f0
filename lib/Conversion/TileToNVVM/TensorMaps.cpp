//===- TensorMaps.cpp - The boxes that a kernel's bulk copies move --------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorMaps.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

TensorMap TensorMaps::mapFor(Value view, SharedType tile) {
  TensorMap map;
  map.argument = cast<BlockArgument>(view).getArgNumber();
  map.box.assign(cast<ViewType>(view.getType()).getRank(), 1);
  if (tile.getRank() == 2) { // one panel
    map.box[map.box.size() - 2] = tile.getShape()[0];
    map.box.back() = tile.getPanelColumns();
    map.swizzle = 128;
  } else {
    map.box.back() = tile.getShape()[0];
    map.swizzle = 0;
  }
  return map;
}

void TensorMaps::add(Value view, SharedType tile) {
  TensorMap map = mapFor(view, tile);
  if (!llvm::is_contained(maps, map))
    maps.push_back(map);
}

bool braid::hopper::allowsBulkCopies(Value view) {
  auto type = cast<ViewType>(view.getType());
  return !isUnaligned(view) && llvm::all_of(ArrayRef<int64_t>(type.getStrides()).drop_back(), [&](int64_t stride) {
    return stride * type.getElementType().getIntOrFloatBitWidth() % 128 == 0;
  });
}

TensorMaps::TensorMaps(KernelOp kernel) {
  kernel.walk([&](Operation *op) {
    if (auto copy = dyn_cast<CopyInOp>(op); copy && copy.getBarrier())
      add(copy.getView(), copy.getShared().getType());
    if (auto copy = dyn_cast<CopyOutOp>(op); copy && copy.getBulk())
      add(copy.getView(), copy.getShared().getType());
  });
}

unsigned TensorMaps::numberOf(Value view, SharedType tile) const {
  return llvm::find(maps, mapFor(view, tile)) - maps.begin();
}
