//===- Checkpoints.h - Earlier states of the slots ------------ -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Key-value state is cut off where it should end; a recurrent state or a
// convolution's tail cannot be undone. A slot keeps copies of those, from before
// the latest calls, and the tokens since, with the borders of their pieces: a
// sequence that is brought forward again in the same pieces has the same bits.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_CHECKPOINTS_H
#define BRAID_RUNTIME_CHECKPOINTS_H

#include "SlotStore.h"

#include <cstdint>
#include <vector>

namespace braid {

class Checkpoints {
public:
  struct Shape {
    int64_t slots = 0, maxContext = 0;
    int64_t count = 0; // of each slot
    int64_t every = 0; // tokens from one to the next, at least
  };

  /// Nothing where no state needs them.
  static CheckedBytes bytes(const Manifest &manifest, const Shape &shape);
  Status create(const Manifest &manifest, const Shape &shape);

  /// Whether there are states that only a checkpoint brings back.
  bool areNeeded() const { return needed; }
  int64_t count() const { return shape.count; }
  /// The length of the slot's oldest checkpoint; -1 if it has none.
  int64_t oldest(int64_t slot) const;

  /// What a call is about to add to a slot.
  void record(const SlotStore &store, int64_t slot, const int32_t *tokens, int64_t count);
  /// The slot continues something else.
  void clear(int64_t slot) { rings[static_cast<size_t>(slot)] = {}; }
  /// Brings the states back to the newest checkpoint of at most `length` tokens, which there must be, forgets those behind
  /// `length`, and returns the length that the slot has now.
  int64_t restore(SlotStore &store, int64_t slot, int64_t length);

  /// The tokens from `at` on that came in one call; fewer where `end` is nearer.
  struct Piece {
    const int32_t *tokens;
    int64_t count;
  };
  Piece pieceAt(int64_t slot, int64_t at, int64_t end) const;

private:
  struct Ring {
    int64_t first = 0, used = 0;
  };
  /// Place i of a slot's ring, the oldest first.
  size_t place(int64_t slot, int64_t i) const;
  char *states(size_t place) const { return memory.data() + place * stateBytes; }

  Shape shape;
  bool needed = false;
  uint64_t stateBytes = 0;
  std::vector<Ring> rings;      // [slots]
  std::vector<int64_t> lengths; // [slots][count]
  HostBuffer memory;            // [slots][count]: states
  HostBuffer tokenLog;          // [slots][maxContext]: int32
  HostBuffer starts;            // [slots][maxContext]: whether a piece begins there
};

} // namespace braid

#endif // BRAID_RUNTIME_CHECKPOINTS_H
