//===- CaseShapes.h - The shapes of a case's tensors ------------ -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_BRAIDCHECK_CASESHAPES_H
#define BRAID_TOOLS_BRAIDCHECK_CASESHAPES_H

#include "CaseList.h"
#include "braid/Formats/Manifest.h"

#include <memory>

namespace braid::check {

/// A case beside the manifest of its artifact.
class CaseShapes {
public:
  /// Fails where the case does not fit the function.
  static Result<CaseShapes> of(const Case &item, const CaseList &list);

  const Manifest &manifest() const { return *owned; }
  const Manifest::Entry &entry() const { return owned->entries[index]; }
  std::vector<int64_t> argument(size_t i) const { return shapeOf(entry().arguments[i]); }
  std::vector<int64_t> result(size_t i) const { return shapeOf(entry().results[i]); }

  int64_t slots() const { return static_cast<int64_t>(item->rows.size()); }
  /// Tokens in each slot after the call.
  std::vector<int64_t> lengthsAfter() const;
  /// The state that a tensor of the case names.
  Result<const Manifest::State *> state(const CaseTensor &tensor) const;
  /// [slots, shape...]; of pages the logical form [slots, longest length, kv_heads, head_dim].
  std::vector<int64_t> stateBefore(const Manifest::State &state) const { return stateShape(state, item->lengths); }
  std::vector<int64_t> stateAfter(const Manifest::State &state) const { return stateShape(state, lengthsAfter()); }

private:
  std::vector<int64_t> shapeOf(const Manifest::Tensor &tensor) const;
  std::vector<int64_t> stateShape(const Manifest::State &state, const std::vector<int64_t> &lengths) const;
  Status check() const;

  std::unique_ptr<Manifest> owned; // does not move, so that its states stay where they are
  const Case *item = nullptr;
  size_t index = 0;
};

uint64_t elementsOf(const std::vector<int64_t> &shape);

/// Names under which arguments and states are drawn.
inline std::string argumentName(size_t i) { return cat("argument ", i); }
inline std::string stateName(const std::string &name) { return cat("state ", name); }

} // namespace braid::check

#endif // BRAID_TOOLS_BRAIDCHECK_CASESHAPES_H
