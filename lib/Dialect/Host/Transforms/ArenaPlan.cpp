//===- ArenaPlan.cpp - Offsets for buffers with known lifetimes ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Host/Transforms/ArenaPlan.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace braid::host {

ArenaPlan planArena(ArrayRef<Lifetime> buffers, int64_t alignment) {
  SmallVector<size_t> order = to_vector(seq<size_t>(0, buffers.size()));
  stable_sort(order, [&](size_t a, size_t b) { return buffers[a].bytes > buffers[b].bytes; });

  ArenaPlan plan;
  plan.offsets.assign(buffers.size(), 0);
  SmallVector<size_t> placed; // by rising offset
  for (size_t index : order) {
    const Lifetime &buffer = buffers[index];
    int64_t offset = 0;
    for (size_t other : placed) {
      const Lifetime &neighbour = buffers[other];
      if (neighbour.last < buffer.first || buffer.last < neighbour.first)
        continue;
      if (offset + buffer.bytes <= plan.offsets[other])
        break;
      offset = std::max(offset, int64_t(alignTo(plan.offsets[other] + neighbour.bytes, alignment)));
    }
    plan.offsets[index] = offset;
    plan.bytes = std::max(plan.bytes, int64_t(alignTo(offset + buffer.bytes, alignment)));
    auto after = partition_point(placed, [&](size_t other) { return plan.offsets[other] <= offset; });
    placed.insert(after, index);
  }
  return plan;
}

} // namespace braid::host
