//===- Barriers.cpp - Barriers in shared memory and their phases ----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Barriers.h"
#include "llvm/ADT/Twine.h"

using namespace braid::simulator;
using llvm::Twine;

void Barrier::arrive(const Clock &clock, int64_t bytes) {
  ++arrived;
  expected += bytes;
  now.join(clock);
}

void Barrier::copy(int64_t bytes) { copied += bytes; }

std::optional<std::string> Barrier::settle() {
  if (arrived < needed)
    return std::nullopt;
  if (copied > expected)
    return ("expects " + Twine(expected) + " bytes in phase " + Twine(phases) + " of stage " + Twine(stage) +
            ", found copies of " + Twine(copied))
        .str();
  if (copied < expected)
    return std::nullopt;
  ++phases;
  arrived -= needed; // where the threads of a group arrive each, some may be in the next phase
  expected = copied = 0;
  now.learn({source, phases});
  ended.join(now);
  return settle();
}

std::string Barrier::describe() const {
  std::string text = ("phase " + Twine(phases) + " of stage " + Twine(stage) + " has " + Twine(arrived) + " of " +
                      Twine(needed) + (needed == 1 ? " arrival" : " arrivals"))
                         .str();
  if (expected || copied)
    text += (" and " + Twine(copied) + " of " + Twine(expected) + " bytes").str();
  return text;
}

/// Which phase an arrival counts for must not depend on who is faster: a group knows that the last one has ended.
std::optional<std::string> NamedBarrier::arrive(unsigned group, int64_t warps, const Clock &clock) {
  auto [last, isFirst] = arrivals.try_emplace(group, phases);
  if (!isFirst && !clock.knows({source, last->second + 1}))
    return ("arrives at barrier " + Twine(number) + " again: nothing orders it behind the end of phase " +
            Twine(last->second))
        .str();
  last->second = phases;
  now.join(clock);
  arrived += warps;
  if (arrived > needed)
    return ("expects " + Twine(needed) + " warps in phase " + Twine(phases) + " of barrier " + Twine(number) + ", found " +
            Twine(arrived))
        .str();
  if (arrived < needed)
    return std::nullopt;
  ++phases;
  arrived = 0;
  now.learn({source, phases});
  ended.join(now);
  return std::nullopt;
}

std::string NamedBarrier::describe() const {
  return ("phase " + Twine(phases) + " of barrier " + Twine(number) + " has " + Twine(arrived) + " of " + Twine(needed) +
          " warps")
      .str();
}
