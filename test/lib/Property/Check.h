//===- Check.h - What must hold of a case ---------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_PROPERTY_CHECK_H
#define BRAID_TEST_LIB_PROPERTY_CHECK_H

#include "Machine.h"

namespace braid::property {

struct Verdict {
  std::string fault; // one line; "" where everything holds
  double worst = 0;  // the largest error as a share of its tolerance
};

/// Runs a case in its calls, each slot whole, and one slot alone, and holds the runs against the evaluator:
/// outputs and final states within the tolerance, one slot's bits independent of its neighbours and of the blocks' order.
Verdict check(const Case &c, const Compiled &compiled);

} // namespace braid::property

#endif // BRAID_TEST_LIB_PROPERTY_CHECK_H
