//===- Checkpoints.cpp - Earlier states of the slots ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Checkpoints.h"

#include <algorithm>
#include <cstring>

namespace braid {

namespace {
struct Parts {
  CheckedBytes states = CheckedBytes(), tokens = CheckedBytes(), starts = CheckedBytes();
};

Parts partsOf(const Manifest &manifest, const Checkpoints::Shape &shape) {
  uint64_t each = SlotStore::fixedBytes(manifest).value(), slots = static_cast<uint64_t>(shape.slots);
  if (each == 0 || shape.count == 0)
    return {};
  CheckedBytes places = CheckedBytes(slots).times(static_cast<uint64_t>(shape.count));
  CheckedBytes positions = CheckedBytes(slots).times(static_cast<uint64_t>(shape.maxContext));
  return {CheckedBytes(each).times(places.value()), CheckedBytes(sizeof(int32_t)).times(positions.value()), positions};
}
} // namespace

CheckedBytes Checkpoints::bytes(const Manifest &manifest, const Shape &shape) {
  Parts parts = partsOf(manifest, shape);
  return CheckedBytes().add(parts.states).add(parts.tokens).add(parts.starts);
}

Status Checkpoints::create(const Manifest &manifest, const Shape &wanted) {
  shape = wanted;
  stateBytes = SlotStore::fixedBytes(manifest).value();
  needed = stateBytes != 0;
  if (!needed)
    shape.count = 0;
  Parts parts = partsOf(manifest, shape);
  BRAID_TRY_ASSIGN(memory, HostBuffer::allocate(parts.states.value(), "checkpoints"));
  BRAID_TRY_ASSIGN(tokenLog, HostBuffer::allocate(parts.tokens.value(), "tokens for checkpoints"));
  BRAID_TRY_ASSIGN(starts, HostBuffer::allocate(parts.starts.value(), "pieces for checkpoints"));
  rings.assign(static_cast<size_t>(shape.slots), {});
  lengths.assign(static_cast<size_t>(shape.slots * shape.count), 0);
  return {};
}

size_t Checkpoints::place(int64_t slot, int64_t i) const {
  return static_cast<size_t>(slot * shape.count + (rings[static_cast<size_t>(slot)].first + i) % shape.count);
}

int64_t Checkpoints::oldest(int64_t slot) const {
  return rings[static_cast<size_t>(slot)].used == 0 ? -1 : lengths[place(slot, 0)];
}

void Checkpoints::record(const SlotStore &store, int64_t slot, const int32_t *tokens, int64_t count) {
  if (shape.count == 0)
    return;
  Ring &ring = rings[static_cast<size_t>(slot)];
  int64_t length = store.length(slot);
  if (ring.used == 0 || length - lengths[place(slot, ring.used - 1)] >= std::max<int64_t>(shape.every, 1)) {
    if (ring.used == shape.count)
      ring.first = (ring.first + 1) % shape.count;
    else
      ++ring.used;
    size_t newest = place(slot, ring.used - 1);
    lengths[newest] = length;
    if (length != 0) // an empty slot has no states
      store.readFixed(slot, states(newest));
  }
  uint64_t at = static_cast<uint64_t>(slot * shape.maxContext + length);
  std::memcpy(tokenLog.data() + at * sizeof(int32_t), tokens, static_cast<size_t>(count) * sizeof(int32_t));
  std::memset(starts.data() + at, 0, static_cast<size_t>(count));
  starts.data()[at] = 1;
}

int64_t Checkpoints::restore(SlotStore &store, int64_t slot, int64_t length) {
  Ring &ring = rings[static_cast<size_t>(slot)];
  while (lengths[place(slot, ring.used - 1)] > length)
    --ring.used;
  size_t newest = place(slot, ring.used - 1);
  if (lengths[newest] == 0) {
    store.reset(slot);
    return 0;
  }
  store.writeFixed(slot, states(newest));
  store.truncate(slot, lengths[newest]);
  return lengths[newest];
}

Checkpoints::Piece Checkpoints::pieceAt(int64_t slot, int64_t at, int64_t end) const {
  uint64_t first = static_cast<uint64_t>(slot * shape.maxContext);
  const char *begins = starts.data() + first;
  const auto *tokens = reinterpret_cast<const int32_t *>(tokenLog.data()) + first;
  int64_t stop = at + 1;
  while (stop < end && !begins[stop])
    ++stop;
  return {tokens + at, stop - at};
}

} // namespace braid
