//===- CaseShapes.cpp - The shapes of a case's tensors --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CaseShapes.h"

#include "braid/Formats/Artifact.h"
#include "braid/Formats/File.h"
#include "common/PagedState.h"

#include <algorithm>
#include <numeric>

namespace braid::check {

uint64_t elementsOf(const std::vector<int64_t> &shape) {
  uint64_t elements = 1;
  for (int64_t extent : shape)
    elements *= static_cast<uint64_t>(extent);
  return elements;
}

Result<CaseShapes> CaseShapes::of(const Case &item, const CaseList &list) {
  std::string path = list.path(item.artifact);
  BRAID_TRY_ASSIGN(std::string contents, readFile(path, artifactMaxBytes));
  BRAID_TRY_ASSIGN(ArtifactParts parts, parseArtifact(contents, path));
  CaseShapes shapes;
  shapes.owned = std::make_unique<Manifest>(std::move(parts.manifest));
  shapes.item = &item;
  int64_t found = shapes.owned->findEntry(item.entry);
  if (found < 0)
    return Status::badInput(cat(path, ": expected an entry point ", inQuotes(item.entry), ", found none of that name"));
  shapes.index = static_cast<size_t>(found);
  BRAID_TRY(shapes.check());
  return shapes;
}

Status CaseShapes::check() const {
  auto fail = [&](std::string_view what, size_t expected, size_t found) {
    return expected == found ? Status()
                             : Status::badInput(cat("case ", inQuotes(item->name), ": expected ", expected, " ", what,
                                                    ", found ", found));
  };
  if (!entry().isFunction)
    return Status::badInput(
        cat("case ", inQuotes(item->name), ": expected a function of tensors, found a model's entry"));
  BRAID_TRY(fail("arguments", entry().arguments.size(), item->arguments.size()));
  BRAID_TRY(fail("results", entry().results.size(), item->results.size()));
  for (const std::vector<CaseTensor> *tensors : {&item->states, &item->finalStates})
    for (const CaseTensor &tensor : *tensors)
      BRAID_TRY(state(tensor).status());
  if (!entry().ragged)
    return fail("rows", 0, item->rows.size());
  int64_t sum = std::accumulate(item->rows.begin(), item->rows.end(), int64_t{0});
  return fail("tokens in the rows", static_cast<size_t>(item->tokens), static_cast<size_t>(sum));
}

std::vector<int64_t> CaseShapes::shapeOf(const Manifest::Tensor &tensor) const {
  std::vector<int64_t> shape = tensor.shape;
  if (tensor.axis != Manifest::Tensor::Axis::Fixed)
    shape[0] = tensor.axis == Manifest::Tensor::Axis::Tokens ? item->tokens : slots();
  return shape;
}

std::vector<int64_t> CaseShapes::lengthsAfter() const {
  std::vector<int64_t> after = item->lengths;
  for (size_t row = 0; row < after.size(); ++row)
    after[row] += item->rows[row];
  return after;
}

std::vector<int64_t> CaseShapes::stateShape(const Manifest::State &state, const std::vector<int64_t> &lengths) const {
  std::vector<int64_t> shape = state.shape;
  if (tool::isPaged(state))
    shape = {*std::max_element(lengths.begin(), lengths.end()), state.shape[0], state.shape[2]};
  shape.insert(shape.begin(), slots());
  return shape;
}

Result<const Manifest::State *> CaseShapes::state(const CaseTensor &tensor) const {
  for (int32_t i : entry().states)
    if (const Manifest::State &state = owned->states[static_cast<size_t>(i)]; state.name == tensor.state)
      return &state;
  return Status::badInput(
      cat("case ", inQuotes(item->name), ": expected a state of the function, found ", inQuotes(tensor.state)));
}

} // namespace braid::check
