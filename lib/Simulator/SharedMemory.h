//===- SharedMemory.h - Rings, their data and who may touch it ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_SIMULATOR_SHAREDMEMORY_H
#define BRAID_LIB_SIMULATOR_SHAREDMEMORY_H

#include "Clock.h"
#include "Numbers.h"
#include "braid/Dialect/Tile/IR/Tile.h"

namespace braid::simulator {

/// A stage of a ring, or some rows and columns of it.
struct SharedTile {
  unsigned ring = 0;
  int64_t stage = 0, row = 0, column = 0; // where it begins
  int64_t rows = 0, columns = 0;
};

/// One operation's use of shared memory.
struct Access {
  enum Kind { Ordinary, CopyIn, CopyOut, Product };
  mlir::Operation *op;
  Kind kind;
  llvm::SmallVector<Stamp, 2> stamps; // known when it is over

  /// By copies and products, which see ordinary writes behind a fence only.
  bool isAsync() const { return kind != Ordinary; }
  bool isOver(const Clock &clock) const {
    return llvm::all_of(stamps, [&](Stamp stamp) { return clock.knows(stamp); });
  }
};

/// Why an access may not be. `other` is the access that it meets, null for `Unwritten`.
struct Conflict {
  enum Kind { Unwritten, EarlyRead, EarlyWrite, Unfenced };
  Kind kind;
  const Access *other;
};

/// The rings of one block of threads. Each row of a panel knows who wrote it last and who has read it since.
class SharedMemory {
public:
  unsigned addRing(tile::RingType type);
  tile::RingType getRing(unsigned ring) const { return rings[ring].type; }
  SharedTile slot(unsigned ring, int64_t stage) const;

  /// Notes that an access reads or writes a tile, in the knowledge of those clocks.
  std::optional<Conflict> read(const SharedTile &tile, const Access &access, llvm::ArrayRef<const Clock *> clocks);
  std::optional<Conflict> write(const SharedTile &tile, const Access &access, llvm::ArrayRef<const Clock *> clocks);
  /// What the events of a source up to this one wrote is visible to copies and products.
  void fence(Stamp stamp) { fences[stamp.source].push_back(stamp.event); }

  Number &at(const SharedTile &tile, int64_t row, int64_t column) {
    Ring &ring = rings[tile.ring];
    return ring.data[((tile.stage * ring.rows) + tile.row + row) * ring.columns + tile.column + column];
  }
  void poison(const SharedTile &tile);

private:
  struct Cell {
    int32_t written = -1;
    llvm::SmallVector<int32_t, 2> read;
  };
  struct Ring {
    tile::RingType type;
    int64_t rows, columns, columnsOfCell;
    std::vector<Number> data;
    std::vector<Cell> cells;
  };
  template <typename Function> std::optional<Conflict> forCells(const SharedTile &tile, Function function);
  std::optional<Conflict> checkWritten(const Cell &cell, const Access &access, llvm::ArrayRef<const Clock *> clocks,
                                       Conflict::Kind early);
  bool isFenced(const Access &write, llvm::ArrayRef<const Clock *> clocks) const;
  const Access &note(const Access &access);

  std::vector<Ring> rings;
  std::vector<std::unique_ptr<Access>> accesses;
  mutable llvm::DenseMap<unsigned, std::vector<int64_t>> fences; // by source, rising
};

} // namespace braid::simulator

#endif // BRAID_LIB_SIMULATOR_SHAREDMEMORY_H
