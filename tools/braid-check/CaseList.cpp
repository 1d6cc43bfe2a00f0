//===- CaseList.cpp - Functions to check and to time ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CaseList.h"

#include "braid/Formats/Json.h"

#include <algorithm>

namespace braid::check {

namespace {
constexpr int64_t mostTokens = int64_t{1} << 32;

Status readString(JsonValue object, std::string_view key, std::string &target) {
  BRAID_TRY_ASSIGN(std::string_view text, object.getString(key));
  target = std::string(text);
  return {};
}

/// The members that are there.
Status readTensor(JsonValue object, CaseTensor &tensor) {
  BRAID_TRY(object.asObject().status());
  if (object.find("state"))
    BRAID_TRY(readString(object, "state", tensor.state));
  if (object.find("expected"))
    BRAID_TRY(readString(object, "expected", tensor.expected));
  if (std::optional<JsonValue> init = object.find("init")) {
    BRAID_TRY_ASSIGN(tensor.init, WeightInit::fromJson(*init));
  }
  if (std::optional<JsonValue> holds = object.find("holds_states")) {
    BRAID_TRY_ASSIGN(tensor.holdsStates, holds->asBool());
  }
  BRAID_TRY_ASSIGN(JsonValue axes, object.getArray("axes"));
  for (size_t i = 0; i < axes.size(); ++i) {
    BRAID_TRY_ASSIGN(std::string_view axis, axes.at(i).asString());
    tensor.axes.emplace_back(axis);
  }
  return {};
}

Status readTensors(JsonValue object, std::string_view key, std::vector<CaseTensor> &tensors) {
  if (!object.find(key))
    return {};
  BRAID_TRY_ASSIGN(JsonValue list, object.getArray(key));
  tensors.resize(list.size());
  for (size_t i = 0; i < list.size(); ++i)
    BRAID_TRY(readTensor(list.at(i), tensors[i]));
  return {};
}

Status readSamples(JsonValue object, Case &item) {
  std::optional<JsonValue> samples = object.find("samples");
  for (size_t i = 0; samples && i < samples->size(); ++i) {
    JsonValue axis = samples->at(i);
    BRAID_TRY_ASSIGN(std::vector<int64_t> indices, axis.asInts(0, mostTokens));
    if (indices.empty() || !std::is_sorted(indices.begin(), indices.end()))
      return axis.error("expected rising indices, at least one");
    item.samples[std::string(axis.key())] = std::move(indices);
  }
  return {};
}

Status readCase(JsonValue object, Case &item) {
  BRAID_TRY(readString(object, "name", item.name));
  BRAID_TRY(readString(object, "artifact", item.artifact));
  BRAID_TRY(readString(object, "entry", item.entry));
  BRAID_TRY_ASSIGN(int64_t seed, object.getInt("seed", 0));
  item.seed = static_cast<uint64_t>(seed);
  BRAID_TRY_ASSIGN(item.tokens, object.getInt("tokens", 0, mostTokens));
  if (object.find("tolerance")) {
    BRAID_TRY_ASSIGN(item.tolerance, object.getDouble("tolerance"));
  }
  BRAID_TRY_ASSIGN(item.reduced, object.getBool("reduced"));
  if (object.find("rows")) {
    BRAID_TRY_ASSIGN(item.rows, object.getInts("rows", 1, mostTokens));
    BRAID_TRY_ASSIGN(item.lengths, object.getInts("lengths", 0, mostTokens));
    if (item.rows.size() != item.lengths.size())
      return object.error(
          cat("expected as many lengths as rows, found ", item.lengths.size(), " and ", item.rows.size()));
  }
  BRAID_TRY(readTensors(object, "arguments", item.arguments));
  BRAID_TRY(readTensors(object, "results", item.results));
  BRAID_TRY(readTensors(object, "states", item.states));
  BRAID_TRY(readTensors(object, "final_states", item.finalStates));
  return readSamples(object, item);
}

Status readCases(JsonValue root, std::string_view key, std::vector<Case> &cases) {
  BRAID_TRY_ASSIGN(JsonValue list, root.getArray(key));
  cases.resize(list.size());
  for (size_t i = 0; i < list.size(); ++i)
    BRAID_TRY(readCase(list.at(i), cases[i]));
  return {};
}
} // namespace

Result<CaseList> CaseList::load(const std::string &path) {
  BRAID_TRY_ASSIGN(JsonDocument document, JsonDocument::load(path));
  CaseList list;
  size_t slash = path.rfind('/');
  list.folder = slash == std::string::npos ? "." : path.substr(0, slash);
  BRAID_TRY(readCases(document.root(), "cases", list.cases));
  BRAID_TRY(readCases(document.root(), "bench", list.bench));
  return list;
}

} // namespace braid::check
