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
  arrived = expected = copied = 0;
  now.learn({source, phases});
  ended.join(now);
  return std::nullopt;
}

std::string Barrier::describe() const {
  std::string text = ("phase " + Twine(phases) + " of stage " + Twine(stage) + " has " + Twine(arrived) + " of " +
                      Twine(needed) + (needed == 1 ? " arrival" : " arrivals"))
                         .str();
  if (expected || copied)
    text += (" and " + Twine(copied) + " of " + Twine(expected) + " bytes").str();
  return text;
}
