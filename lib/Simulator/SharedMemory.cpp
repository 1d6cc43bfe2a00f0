//===- SharedMemory.cpp - Rings, their data and who may touch it ----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SharedMemory.h"

using namespace mlir;
using namespace braid::simulator;
using namespace braid::tile;

unsigned SharedMemory::addRing(RingType type) {
  ArrayRef<int64_t> shape = type.getShape();
  Ring ring{type, shape.size() == 2 ? shape[0] : 1, shape.back(), 1, {}, {}};
  if (shape.size() == 2)
    ring.columnsOfCell = SharedType::get(shape, type.getElementType()).getPanelColumns();
  ring.data.assign(size_t(type.getStages() * ring.rows * ring.columns), simulator::poison(type.getElementType()));
  ring.cells.resize(size_t(type.getStages() * ring.rows * llvm::divideCeil(ring.columns, ring.columnsOfCell)));
  rings.push_back(std::move(ring));
  return rings.size() - 1;
}

SharedTile SharedMemory::slot(unsigned ring, int64_t stage) const {
  return {ring, stage, 0, 0, rings[ring].rows, rings[ring].columns};
}

void SharedMemory::poison(const SharedTile &tile) {
  Number nothing = simulator::poison(rings[tile.ring].type.getElementType());
  for (int64_t row = 0; row < tile.rows; ++row)
    std::fill_n(&at(tile, row, 0), tile.columns, nothing);
}

/// Calls the function on every cell of the tile until there is a conflict.
template <typename Function> std::optional<Conflict> SharedMemory::forCells(const SharedTile &tile, Function function) {
  Ring &ring = rings[tile.ring];
  int64_t cellsOfRow = llvm::divideCeil(ring.columns, ring.columnsOfCell);
  int64_t first = tile.column / ring.columnsOfCell;
  int64_t end = llvm::divideCeil(tile.column + tile.columns, ring.columnsOfCell);
  for (int64_t row = tile.row; row < tile.row + tile.rows; ++row)
    for (int64_t panel = first; panel < end; ++panel)
      if (auto conflict = function(ring.cells[size_t((tile.stage * ring.rows + row) * cellsOfRow + panel)]))
        return conflict;
  return std::nullopt;
}

/// An ordinary write is fenced if each of its threads fenced it and the reader knows that.
bool SharedMemory::isFenced(const Access &write, ArrayRef<const Clock *> clocks) const {
  return llvm::all_of(write.stamps, [&](Stamp stamp) {
    const std::vector<int64_t> &known = fences[stamp.source];
    auto fence = llvm::lower_bound(known, stamp.event);
    return fence != known.end() &&
           llvm::all_of(clocks, [&](const Clock *clock) { return clock->knows({stamp.source, *fence}); });
  });
}

static bool isOver(const Access &access, ArrayRef<const Clock *> clocks) {
  return llvm::all_of(clocks, [&](const Clock *clock) { return access.isOver(*clock); });
}

std::optional<Conflict> SharedMemory::checkWritten(const Cell &cell, const Access &access,
                                                   ArrayRef<const Clock *> clocks, Conflict::Kind early) {
  if (cell.written < 0)
    return std::nullopt;
  const Access &written = *accesses[size_t(cell.written)];
  if (!isOver(written, clocks))
    return Conflict{early, &written};
  if (access.isAsync() && !written.isAsync() && !isFenced(written, clocks))
    return Conflict{Conflict::Unfenced, &written};
  return std::nullopt;
}

std::optional<Conflict> SharedMemory::read(const SharedTile &tile, const Access &access,
                                           ArrayRef<const Clock *> clocks) {
  accesses.push_back(std::make_unique<Access>(access));
  int32_t number = int32_t(accesses.size() - 1);
  return forCells(tile, [&](Cell &cell) -> std::optional<Conflict> {
    if (cell.written < 0)
      return Conflict{Conflict::Unwritten, nullptr};
    if (auto conflict = checkWritten(cell, access, clocks, Conflict::EarlyRead))
      return conflict;
    // A later read of the same source stands for the earlier ones.
    llvm::erase_if(cell.read, [&](int32_t other) {
      return accesses[size_t(other)]->stamps.front().source == access.stamps.front().source &&
             accesses[size_t(other)]->stamps.size() == access.stamps.size();
    });
    cell.read.push_back(number);
    return std::nullopt;
  });
}

std::optional<Conflict> SharedMemory::write(const SharedTile &tile, const Access &access,
                                            ArrayRef<const Clock *> clocks) {
  accesses.push_back(std::make_unique<Access>(access));
  int32_t number = int32_t(accesses.size() - 1);
  return forCells(tile, [&](Cell &cell) -> std::optional<Conflict> {
    for (int32_t read : cell.read)
      if (!isOver(*accesses[size_t(read)], clocks))
        return Conflict{Conflict::EarlyWrite, accesses[size_t(read)].get()};
    if (auto conflict = checkWritten(cell, access, clocks, Conflict::EarlyWrite))
      return conflict;
    cell.written = number;
    cell.read.clear();
    return std::nullopt;
  });
}
