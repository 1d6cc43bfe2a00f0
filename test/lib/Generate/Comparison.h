//===- Comparison.h - Results against the exact ones ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_GENERATE_COMPARISON_H
#define BRAID_TEST_LIB_GENERATE_COMPARISON_H

#include "Evaluators.h"
#include "braid/Formats/DType.h"
#include <string>

namespace braid::generate {

struct CheckResult {
  std::string fault; // one line; "" where everything holds
  double worst = 0;  // the largest error as a share of its tolerance
};

/// Compares values with the right ones, where evaluations that round every result to its type tell what rounding costs. The
/// factors are the property test's.
class Comparison {
public:
  /// `coarsest`: of the types that values have on their way.
  explicit Comparison(DType coarsest) : coarsest(coarsest) {}

  /// `entries`: which of the leading axis count; all where it is empty.
  void compare(const Tensor &found, const Evaluation &expected, llvm::ArrayRef<int64_t> entries,
               const std::string &what);
  void fail(const std::string &what);

  CheckResult result;

private:
  struct Norms;
  struct Costs;
  double floor() const;
  void require(const Norms &error, double tolerance, const std::string &what);

  DType coarsest;
};

} // namespace braid::generate

#endif // BRAID_TEST_LIB_GENERATE_COMPARISON_H
