//===- PagedState.h - Key-value states in pages that lie apart - -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_COMMON_PAGEDSTATE_H
#define BRAID_TOOLS_COMMON_PAGEDSTATE_H

#include "braid/Formats/Manifest.h"
#include "braid/Runtime/artifact.h"

namespace braid::tool {

/// A page table whose slots' pages alternate, so that a kernel that ignores the table is found out.
class PageTable {
public:
  /// Room for `longest` tokens in each slot.
  PageTable(int64_t slots, int64_t longest)
      : slots(slots), perSlot((longest + BRAID_PAGE_TOKENS - 1) / BRAID_PAGE_TOKENS + (longest == 0)) {
    for (int64_t slot = 0; slot < slots; ++slot)
      for (int64_t i = 0; i < perSlot; ++i)
        pages.push_back(pageOf(slot, i));
  }

  const std::vector<int32_t> &table() const { return pages; }
  int64_t pagesPerSlot() const { return perSlot; }
  int64_t pageCount() const { return slots * perSlot; }

  /// Calls body(index in [slots, longest, kv_heads, head_dim], index in [pages, kv_heads, 128, head_dim], elements) for
  /// each run of elements of the first `lengths` tokens.
  template <typename F>
  void forEachRun(const Manifest::State &state, const std::vector<int64_t> &lengths, int64_t longest, F body) const {
    int64_t heads = state.shape[0], size = state.shape[2];
    for (int64_t slot = 0; slot < slots; ++slot)
      for (int64_t t = 0; t < lengths[static_cast<size_t>(slot)]; ++t)
        for (int64_t head = 0; head < heads; ++head) {
          int64_t page = pageOf(slot, t / BRAID_PAGE_TOKENS);
          body(static_cast<size_t>(((slot * longest + t) * heads + head) * size),
               static_cast<size_t>(((page * heads + head) * BRAID_PAGE_TOKENS + t % BRAID_PAGE_TOKENS) * size),
               static_cast<size_t>(size));
        }
  }

private:
  int32_t pageOf(int64_t slot, int64_t i) const { return static_cast<int32_t>(i * slots + slot); }

  int64_t slots, perSlot;
  std::vector<int32_t> pages;
};

inline bool isPaged(const Manifest::State &state) { return state.kind == Manifest::State::Kind::KeyValue; }

} // namespace braid::tool

#endif // BRAID_TOOLS_COMMON_PAGEDSTATE_H
