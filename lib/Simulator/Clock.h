//===- Clock.h - What is known to have happened ---------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Events come from sources, each of which counts its own: the first thread of a
// group, its other threads, its products, its outgoing copies, and the phases
// of each barrier. A clock holds for every source the last event that is known
// to be over; barriers and syncs hand clocks on. So whether two accesses are
// ordered does not depend on which of them came first in this run.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_SIMULATOR_CLOCK_H
#define BRAID_LIB_SIMULATOR_CLOCK_H

#include "llvm/ADT/SmallVector.h"
#include <algorithm>
#include <cstdint>

namespace braid::simulator {

/// One event of a source; the first is number 1.
struct Stamp {
  unsigned source;
  int64_t event;
};

class Clock {
public:
  explicit Clock(unsigned sources = 0) : known(sources, 0) {}

  int64_t &operator[](unsigned source) { return known[source]; }
  bool knows(Stamp stamp) const { return known[stamp.source] >= stamp.event; }
  void learn(Stamp stamp) { known[stamp.source] = std::max(known[stamp.source], stamp.event); }
  void join(const Clock &other) {
    for (size_t source = 0; source < known.size(); ++source)
      known[source] = std::max(known[source], other.known[source]);
  }

private:
  llvm::SmallVector<int64_t, 32> known;
};

/// The sources of one block of threads: four for each group, then one for each stage of each barrier and each named barrier.
struct Sources {
  enum OfGroup { FirstThread, OtherThreads, Products, CopiesOut, perGroup };
  static unsigned of(unsigned group, OfGroup which) { return group * perGroup + which; }
  static unsigned ofBarrier(unsigned groups, unsigned number) { return groups * perGroup + number; }
};

} // namespace braid::simulator

#endif // BRAID_LIB_SIMULATOR_CLOCK_H
