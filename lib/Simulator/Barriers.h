//===- Barriers.h - Barriers in shared memory and their phases ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_SIMULATOR_BARRIERS_H
#define BRAID_LIB_SIMULATOR_BARRIERS_H

#include "Clock.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"
#include <optional>
#include <string>
#include <vector>

namespace braid::simulator {

/// One stage of a barrier. A phase ends when its arrivals and the bytes that they announced are there.
class Barrier {
public:
  Barrier(mlir::Operation *op, int64_t stage, unsigned source, int64_t arrivals, unsigned sources)
      : op(op), stage(stage), source(source), needed(arrivals), now(sources), ended(sources) {}

  /// Whether the phase of this parity has ended: one that is two phases back looks like the one to come.
  bool hasEnded(int64_t parity) const { return (phases & 1) != parity; }
  /// What those who wait learn.
  const Clock &getClock() const { return ended; }
  /// Phases that have ended.
  int64_t getPhases() const { return phases; }
  bool isIdle() const { return arrived == 0 && expected == 0 && copied == 0; }
  /// Known to those who have waited for the phase that goes on.
  Stamp endOfPhase() const { return {source, phases + 1}; }

  void arrive(const Clock &clock, int64_t bytes = 0);
  void copy(int64_t bytes);
  /// Where more has come than was announced: what is wrong. Ends the phase if it is complete.
  std::optional<std::string> settle();

  /// "phase 3 of stage 1 has 0 of 1 arrivals and 0 of 49152 bytes"
  std::string describe() const;

  mlir::Operation *op;
  int64_t stage;

private:
  unsigned source;
  int64_t needed, arrived = 0, expected = 0, copied = 0, phases = 0;
  Clock now, ended;
};

/// One of the hardware's named barriers. A phase ends when so many warps have arrived.
class NamedBarrier {
public:
  NamedBarrier(mlir::Operation *op, int64_t number, unsigned source, int64_t warps, unsigned sources)
      : op(op), number(number), source(source), needed(warps), now(sources), ended(sources) {}

  /// Phases that have ended.
  int64_t getPhases() const { return phases; }
  /// What those who wait learn.
  const Clock &getClock() const { return ended; }
  bool isIdle() const { return arrived == 0; }

  /// What is wrong with an arrival, if something is.
  std::optional<std::string> arrive(unsigned group, int64_t warps, const Clock &clock);

  /// "phase 3 of barrier 1 has 4 of 8 warps"
  std::string describe() const;

  mlir::Operation *op;
  int64_t number;

private:
  unsigned source;
  int64_t needed, arrived = 0, phases = 0;
  Clock now, ended;
  llvm::DenseMap<unsigned, int64_t> arrivals; // the last phase in which a group arrived
};

} // namespace braid::simulator

#endif // BRAID_LIB_SIMULATOR_BARRIERS_H
