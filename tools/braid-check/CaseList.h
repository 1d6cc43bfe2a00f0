//===- CaseList.h - Functions to check and to time -------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The list that scripts/gpu-bundle writes; docs/GPUBundle.md describes the JSON.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_BRAIDCHECK_CASELIST_H
#define BRAID_TOOLS_BRAIDCHECK_CASELIST_H

#include "braid/Formats/Status.h"
#include "braid/Formats/WeightInit.h"

#include <map>
#include <string>
#include <vector>

namespace braid::check {

/// A tensor that is drawn from the case's seed, compared with an expectation, or both (a state).
struct CaseTensor {
  std::string state;             // the state's name; empty for arguments and results
  WeightInit init;               // of what is drawn
  std::vector<std::string> axes; // the name of each axis; an empty name is not sampled
  std::string expected;          // .npy of the sampled elements; empty: not compared
  bool holdsStates = false;      // of a result: held to what a state is
};

struct Case {
  std::string name, artifact, entry;
  uint64_t seed = 0;
  int64_t tokens = 0;
  double tolerance = 0;               // relative error; 0: by the result's type
  bool reduced = false;               // small enough for a sanitizer
  std::vector<int64_t> rows, lengths; // tokens of each row, and in each slot before the call
  std::vector<CaseTensor> arguments, results, states, finalStates;
  std::map<std::string, std::vector<int64_t>> samples; // indices along an axis that are compared; others all
};

struct CaseList {
  std::string folder; // that file names are relative to
  std::vector<Case> cases, bench;

  static Result<CaseList> load(const std::string &path);
  std::string path(const std::string &name) const { return folder + "/" + name; }
};

} // namespace braid::check

#endif // BRAID_TOOLS_BRAIDCHECK_CASELIST_H
