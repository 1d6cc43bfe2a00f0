//===- Values.h - Drawing, choosing and comparing elements ------ -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_BRAIDCHECK_VALUES_H
#define BRAID_TOOLS_BRAIDCHECK_VALUES_H

#include "CaseList.h"
#include "braid/Formats/DType.h"

#include <cstdint>

namespace braid::check {

/// All elements of a tensor, drawn on every CPU: an element depends on seed, name and place alone.
std::vector<uint8_t> drawAll(const CaseTensor &tensor, const Case &item, const std::string &name, DType dtype,
                             uint64_t elements);

/// The sampled elements of a tensor, in C order.
struct Sample {
  std::vector<int64_t> shape;
  std::vector<uint64_t> places; // in the whole tensor, in C order

  /// An error where the case's axes or indices do not fit the shape.
  static Result<Sample> of(const CaseTensor &tensor, const Case &item, const std::vector<int64_t> &shape);
};

/// ||found - expected|| / ||expected||, and the same for `expected` rounded to `dtype`.
struct Errors {
  double found = 0, rounding = 0;
};
Errors compare(const std::vector<double> &found, const std::vector<double> &expected, DType dtype);

/// What a result may be off: the case's tolerance, or by type: f64 1e-10, f32 2e-5, 16 bits twice the rounding.
double allowed(const Case &item, DType dtype, const Errors &errors);

/// The first element that is not finite, or -1.
int64_t findNotFinite(DType dtype, const std::vector<uint8_t> &bytes);

} // namespace braid::check

#endif // BRAID_TOOLS_BRAIDCHECK_VALUES_H
