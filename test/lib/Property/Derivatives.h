//===- Derivatives.h - Finite differences of sequence operators -----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_PROPERTY_DERIVATIVES_H
#define BRAID_TEST_LIB_PROPERTY_DERIVATIVES_H

#include "Compiled.h"

namespace braid::property {

/// Differentiates the module's sequence operator, if it has one, at a random point along a random direction of its inputs
/// and parameters. What central differences of a whole segment give must be the chain rule over its steps, each step's
/// derivative by central differences too; and no token may act on outputs before it. Returns what does not hold.
std::string checkDerivatives(const Case &c, const Compiled &compiled);

} // namespace braid::property

#endif // BRAID_TEST_LIB_PROPERTY_DERIVATIVES_H
