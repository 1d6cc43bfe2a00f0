//===- PieceCopy.h - Stores of what was loaded, in pieces -----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETONVVM_PIECECOPY_H
#define BRAID_LIB_CONVERSION_TILETONVVM_PIECECOPY_H

#include "braid/Dialect/Tile/IR/Tile.h"

namespace braid::hopper {

/// The elements of 16 bytes, if the store's tile is a load that no other operation reads, and pieces of that many columns lie
/// in both views or outside as a whole, all at multiples of 16 bytes if the tile's first element does. Otherwise 1.
int64_t pieceOf(tile::StoreOp store);

} // namespace braid::hopper

#endif // BRAID_LIB_CONVERSION_TILETONVVM_PIECECOPY_H
