//===- SlotStore.cpp - States of the sequences of a session ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SlotStore.h"

#include "braid/Runtime/artifact.h"

#include <algorithm>
#include <cstring>

namespace braid {

namespace {
constexpr char snapshotMagic[8] = {'B', 'R', 'A', 'I', 'D', 'S', 'N', '1'};

/// States start at different cache sets, and where vectors like them.
constexpr uint64_t stateAlignment = 256;
static_assert(stateAlignment % BRAID_ALIGNMENT == 0);

bool isPaged(const Manifest::State &state) { return state.kind == Manifest::State::Kind::KeyValue; }

int64_t tableWidthOf(const Manifest &manifest, int64_t maxContext) {
  bool any = std::any_of(manifest.states.begin(), manifest.states.end(), isPaged);
  return any ? (maxContext + BRAID_PAGE_TOKENS - 1) / BRAID_PAGE_TOKENS : 0;
}
} // namespace

CheckedBytes SlotStore::bytes(const Manifest &manifest, const Shape &shape) {
  uint64_t slots = static_cast<uint64_t>(shape.slots);
  uint64_t pageCount = CheckedBytes(slots).times(tableWidthOf(manifest, shape.maxContext)).value();
  CheckedBytes total;
  for (const Manifest::State &state : manifest.states)
    total.add(CheckedBytes(state.bytes).times(isPaged(state) ? pageCount : slots)).alignTo(stateAlignment);
  return total;
}

Status SlotStore::create(const Manifest &manifest, uint64_t stateLayout, const Shape &wanted) {
  shape = wanted;
  layout = stateLayout;
  tableWidth = tableWidthOf(manifest, shape.maxContext);
  uint64_t pageCount = CheckedBytes(static_cast<uint64_t>(shape.slots)).times(tableWidth).value();
  if (pageCount > 0x7fffffff)
    return Status::limit(cat("expected at most 2147483647 pages of key-value state for slots and max_context, found ",
                             pageCount));
  BRAID_TRY_ASSIGN(memory, HostBuffer::allocate(bytes(manifest, shape).value(), "states"));
  uint64_t offset = 0;
  for (const Manifest::State &state : manifest.states) {
    states.push_back({isPaged(state), state.bytes, memory.data() + offset});
    bases.push_back(states.back().base);
    uint64_t blocks = isPaged(state) ? pageCount : static_cast<uint64_t>(shape.slots);
    offset = CheckedBytes(offset).add(blocks * state.bytes).alignTo(stateAlignment).value();
  }
  lengths.assign(static_cast<size_t>(shape.slots), 0);
  pagesUsed.assign(static_cast<size_t>(shape.slots), 0);
  pages.assign(pageCount, 0);
  for (uint64_t i = pageCount; i != 0; --i) // the first page on top
    freePages.push_back(static_cast<int32_t>(i - 1));
  if (shape.poison && memory.size() != 0)
    std::memset(memory.data(), 0xff, memory.size());
  return {};
}

int64_t SlotStore::pagesFor(int64_t length) const {
  return tableWidth == 0 ? 0 : (length + BRAID_PAGE_TOKENS - 1) / BRAID_PAGE_TOKENS;
}

void SlotStore::reserve(int64_t slot, int64_t length) {
  for (int64_t &used = pagesUsed[static_cast<size_t>(slot)]; used < pagesFor(length); ++used) {
    pages[static_cast<size_t>(slot * tableWidth + used)] = freePages.back();
    freePages.pop_back();
  }
}

/// Gives back the pages behind the first `keep`.
void SlotStore::releasePages(int64_t slot, int64_t keep) {
  for (int64_t &used = pagesUsed[static_cast<size_t>(slot)]; used > keep; --used) {
    int32_t released = page(slot, used - 1);
    freePages.push_back(released); // never beyond the capacity that holds all pages
    if (shape.poison)
      for (const State &state : states)
        if (state.paged)
          std::memset(block(state, released), 0xff, state.bytes);
  }
}

void SlotStore::reset(int64_t slot) {
  truncate(slot, 0);
  if (!shape.poison)
    return;
  for (const State &state : states)
    if (!state.paged)
      std::memset(block(state, slot), 0xff, state.bytes);
}

void SlotStore::truncate(int64_t slot, int64_t length) {
  releasePages(slot, pagesFor(length));
  setLength(slot, length);
}

void SlotStore::copy(int64_t from, int64_t to) {
  if (from == to)
    return;
  reset(to);
  reserve(to, length(from));
  for (const State &state : states) {
    if (!state.paged && length(from) != 0)
      std::memcpy(block(state, to), block(state, from), state.bytes);
    for (int64_t i = 0; state.paged && i < pagesFor(length(from)); ++i)
      std::memcpy(block(state, page(to, i)), block(state, page(from, i)), state.bytes);
  }
  setLength(to, length(from));
}

size_t SlotStore::snapshotBytesFor(int64_t length) const {
  size_t total = sizeof(SnapshotHeader);
  for (const State &state : states)
    total += state.paged ? static_cast<size_t>(pagesFor(length)) * state.bytes : length != 0 ? state.bytes : 0;
  return total;
}

size_t SlotStore::snapshotBytes(int64_t slot) const { return snapshotBytesFor(length(slot)); }

SlotStore::SnapshotHeader SlotStore::headerOf(int64_t slot) const {
  SnapshotHeader header = {};
  std::memcpy(header.magic, snapshotMagic, sizeof header.magic);
  header.layout = layout;
  header.length = length(slot);
  header.bytes = snapshotBytes(slot);
  return header;
}

void SlotStore::snapshot(int64_t slot, void *buffer) const {
  char *out = static_cast<char *>(buffer);
  forSnapshot(slot, [&](const void *bytes, size_t count) {
    std::memcpy(out, bytes, count);
    out += count;
  });
}

Status SlotStore::restore(int64_t slot, const void *buffer, size_t bytes) {
  SnapshotHeader header;
  if (bytes < sizeof header)
    return Status::badInput(cat("snapshot: expected at least ", sizeof header, " bytes, found ", bytes));
  const char *in = static_cast<const char *>(buffer);
  std::memcpy(&header, in, sizeof header);
  in += sizeof header;
  if (std::memcmp(header.magic, snapshotMagic, sizeof header.magic) != 0)
    return Status::badInput("snapshot: expected a snapshot of a slot, found something else");
  if (header.layout != layout)
    return Status::badInput("snapshot: expected the states of this program, found those of another one");
  if (header.length < 0)
    return Status::badInput(cat("snapshot: expected a length of at least 0, found ", header.length));
  if (header.length > shape.maxContext)
    return Status::limit(
        cat("limit 'max_context': expected at most ", shape.maxContext, " tokens, found ", header.length));
  if (size_t wanted = snapshotBytesFor(header.length); bytes != wanted || header.bytes != wanted)
    return Status::badInput(cat("snapshot: expected ", wanted, " bytes, found ", bytes));
  reset(slot);
  reserve(slot, header.length);
  forBlocks(slot, header.length, [&](char *block, size_t count) {
    std::memcpy(block, in, count);
    in += count;
  });
  setLength(slot, header.length);
  return {};
}

CheckedBytes SlotStore::fixedBytes(const Manifest &manifest) {
  CheckedBytes total;
  for (const Manifest::State &state : manifest.states)
    if (!isPaged(state))
      total.add(state.bytes);
  return total;
}

void SlotStore::readFixed(int64_t slot, char *buffer) const {
  for (const State &state : states)
    if (!state.paged) {
      std::memcpy(buffer, block(state, slot), state.bytes);
      buffer += state.bytes;
    }
}

void SlotStore::writeFixed(int64_t slot, const char *buffer) {
  for (const State &state : states)
    if (!state.paged) {
      std::memcpy(block(state, slot), buffer, state.bytes);
      buffer += state.bytes;
    }
}

} // namespace braid
