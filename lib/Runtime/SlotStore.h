//===- SlotStore.h - States of the sequences of a session ----- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every sequence that a session holds has a slot: its length, its block of each
// recurrent state and convolution tail, and a list of pages of key-value state.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_SLOTSTORE_H
#define BRAID_RUNTIME_SLOTSTORE_H

#include "Memory.h"
#include "braid/Formats/Manifest.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace braid {

class SlotStore {
public:
  struct Shape {
    int64_t slots = 0, maxContext = 0;
    bool poison = false; // fill the states of empty slots with NaN
  };

  static CheckedBytes bytes(const Manifest &manifest, const Shape &shape);
  Status create(const Manifest &manifest, uint64_t layout, const Shape &shape);

  int64_t slots() const { return shape.slots; }
  int64_t length(int64_t slot) const { return lengths[static_cast<size_t>(slot)]; }

  // As the call of an entry point has them.
  void *const *stateBases() const { return bases.data(); }
  const int64_t *lengthTable() const { return lengths.data(); }
  const int32_t *pageTable() const { return pages.data(); }
  int64_t pagesPerSlot() const { return tableWidth; }
  /// Every slot can hold the longest context.
  int64_t pageCount() const { return static_cast<int64_t>(pages.size()); }

  /// Gives a slot pages for `length` tokens; there are always enough.
  void reserve(int64_t slot, int64_t length);
  void setLength(int64_t slot, int64_t length) { lengths[static_cast<size_t>(slot)] = length; }

  void reset(int64_t slot);
  /// Forgets the key-value state behind the first `length` tokens; other states stay as they are.
  void truncate(int64_t slot, int64_t length);
  void copy(int64_t from, int64_t to);
  size_t snapshotBytes(int64_t slot) const;
  /// `buffer` has room for snapshotBytes(slot).
  void snapshot(int64_t slot, void *buffer) const;
  /// The same, piece by piece, to take(bytes, count).
  template <typename F> void forSnapshot(int64_t slot, F take) const {
    SnapshotHeader header = headerOf(slot);
    take(static_cast<const void *>(&header), sizeof header);
    forBlocks(slot, length(slot), [&](const char *block, size_t bytes) { take(block, bytes); });
  }
  /// Checks the buffer before the slot changes.
  Status restore(int64_t slot, const void *buffer, size_t bytes);

  /// Bytes of the states that do not grow with the sequence: recurrent states and convolution tails of one slot.
  static CheckedBytes fixedBytes(const Manifest &manifest);
  void readFixed(int64_t slot, char *buffer) const;
  void writeFixed(int64_t slot, const char *buffer);

private:
  struct State {
    bool paged;
    uint64_t bytes; // of one slot or one page
    char *base;
  };
  /// The first bytes of a snapshot.
  struct SnapshotHeader {
    char magic[8];
    uint64_t layout;
    int64_t length;
    uint64_t bytes; // of the whole snapshot
  };
  SnapshotHeader headerOf(int64_t slot) const;
  /// The blocks of a slot that hold so many tokens, in the order of a snapshot.
  template <typename F> void forBlocks(int64_t slot, int64_t tokens, F body) const {
    for (const State &state : states) {
      if (!state.paged && tokens != 0)
        body(block(state, slot), static_cast<size_t>(state.bytes));
      for (int64_t i = 0; state.paged && i < pagesFor(tokens); ++i)
        body(block(state, page(slot, i)), static_cast<size_t>(state.bytes));
    }
  }
  size_t snapshotBytesFor(int64_t length) const;
  char *block(const State &state, int64_t index) const { return state.base + static_cast<uint64_t>(index) * state.bytes; }
  int32_t page(int64_t slot, int64_t i) const { return pages[static_cast<size_t>(slot * tableWidth + i)]; }
  int64_t pagesFor(int64_t length) const;
  void releasePages(int64_t slot, int64_t keep);

  Shape shape;
  uint64_t layout = 0;
  int64_t tableWidth = 0;
  std::vector<State> states;
  std::vector<void *> bases;
  std::vector<int64_t> lengths;
  std::vector<int32_t> pages;     // [slots][tableWidth]
  std::vector<int64_t> pagesUsed; // [slots]
  std::vector<int32_t> freePages; // a stack; its capacity is all pages
  HostBuffer memory;
};

} // namespace braid

#endif // BRAID_RUNTIME_SLOTSTORE_H
