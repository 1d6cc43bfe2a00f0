//===- PlacedMemory.h - Shared memory of a text with places ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Where a text has no schedule of its own, its tiles are placed in shared memory
// at fixed offsets that they take one after the other. Every byte knows which
// write it comes from.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_SIMULATOR_PLACEDMEMORY_H
#define BRAID_LIB_SIMULATOR_PLACEDMEMORY_H

#include "Numbers.h"
#include "braid/Dialect/Tile/IR/Tile.h"

namespace braid::simulator {

class PlacedMemory {
public:
  explicit PlacedMemory(int64_t bytes) : memory(size_t(bytes)), writings(size_t(bytes), 0) {}

  /// Writes a tile row by row, `stride` elements apart; returns the number of this writing.
  int64_t write(tile::PlaceAttr place, tile::TileType type, const Numbers &elements);
  /// Reads the tile of a writing; false if something has been written over it.
  bool read(tile::PlaceAttr place, int64_t writing, tile::TileType type, Numbers &elements) const;

  /// The end of a tile at a place, in bytes.
  static int64_t endOf(tile::PlaceAttr place, tile::TileType type);

private:
  std::vector<char> memory;
  std::vector<int64_t> writings; // of each byte
  int64_t count = 0;
};

} // namespace braid::simulator

#endif // BRAID_LIB_SIMULATOR_PLACEDMEMORY_H
