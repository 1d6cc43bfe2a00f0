//===- Machine.h - Runs the calls of a case -------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_PROPERTY_MACHINE_H
#define BRAID_TEST_LIB_PROPERTY_MACHINE_H

#include "Compiled.h"

namespace braid::property {

/// The values that the sources of a case draw, as the module stores them.
class Data {
public:
  Data(const Case &c, const std::vector<Source> &sources);
  /// Bytes as an artifact reads them, and the same numbers for the evaluator.
  const void *bytes(size_t source) const { return stored[source].data(); }
  std::vector<double> values(llvm::StringRef name) const;
  /// The same, with infinities and NaN for the tokens of every other slot.
  Data withWildNeighbours(int slot) const;

private:
  const std::vector<Source> &sources;
  std::vector<std::vector<uint64_t>> stored;
};

/// What a run leaves for each slot: its outputs (or, by row, one for each piece), one call after the other, and its states.
struct Outcome {
  std::vector<double> outputs[maxSlots];
  std::vector<std::vector<double>> states[maxSlots];
  /// What was wrong besides values: memory written out of bounds, a schedule that does not hold; "" if nothing.
  std::string fault;
};

/// Runs the calls on fresh slots. Memory that nobody wrote holds NaN, buffers end in a fence, and the blocks of each kernel
/// run in an order drawn from `order`.
Outcome runCalls(const Compiled &compiled, const Data &data, llvm::ArrayRef<Call> calls, uint64_t order);

} // namespace braid::property

#endif // BRAID_TEST_LIB_PROPERTY_MACHINE_H
