//===- Manifest.cpp - Parsing the manifest --------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Formats/Manifest.h"

#include "braid/Formats/Json.h"
#include "braid/Runtime/artifact.h"

#include <algorithm>
#include <set>

namespace braid {

namespace {
// Bounds that no real model comes near, so that sums of sizes cannot overflow.
constexpr int64_t maxBytesPerItem = int64_t{1} << 48;
constexpr int64_t maxTokenId = 0x7fffffff;

Status readString(JsonValue object, std::string_view key, std::string &target) {
  BRAID_TRY_ASSIGN(std::string_view text, object.getString(key));
  target = std::string(text);
  return {};
}

Status readDtype(JsonValue object, std::string_view key, DType &target, bool allowIntegers = false) {
  BRAID_TRY_ASSIGN(JsonValue value, object.get(key));
  BRAID_TRY_ASSIGN(std::string_view name, value.asString());
  std::optional<DType> dtype = dtypeFromName(name);
  bool allowed = dtype && (isFloat(*dtype) || (allowIntegers && *dtype == DType::I32));
  if (!allowed)
    return value.expected(allowIntegers ? "'f64', 'f32', 'f16', 'bf16' or 'i32'" : "'f64', 'f32', 'f16' or 'bf16'");
  target = *dtype;
  return {};
}

/// The number of elements, checked so that the bytes of any dtype stay in bounds.
Status countElements(JsonValue object, const std::vector<int64_t> &shape, uint64_t &elements) {
  elements = 1;
  for (int64_t extent : shape)
    if (__builtin_mul_overflow(elements, static_cast<uint64_t>(extent), &elements) || elements > maxBytesPerItem / 8)
      return object.error(cat("expected at most 2^45 elements, found shape ", listed(shape)));
  return {};
}

Status readShape(JsonValue object, std::vector<int64_t> &shape, uint64_t &elements) {
  BRAID_TRY_ASSIGN(shape, object.getInts("shape", 1, maxBytesPerItem));
  return countElements(object, shape, elements);
}

/// A tensor of a function; its shape may begin with "tokens" or "rows".
Status readTensor(JsonValue object, Manifest::Tensor &tensor) {
  BRAID_TRY(readDtype(object, "dtype", tensor.dtype, /*allowIntegers=*/true));
  BRAID_TRY_ASSIGN(JsonValue shape, object.getArray("shape"));
  for (size_t i = 0; i < shape.size(); ++i) {
    JsonValue extent = shape.at(i);
    if (i == 0 && extent.isString()) {
      BRAID_TRY_ASSIGN(std::string_view axis, extent.asString());
      if (axis != "tokens" && axis != "rows")
        return extent.expected("a number, 'tokens' or 'rows'");
      tensor.axis = axis == "tokens" ? Manifest::Tensor::Axis::Tokens : Manifest::Tensor::Axis::Rows;
      tensor.shape.push_back(1);
      continue;
    }
    BRAID_TRY_ASSIGN(int64_t size, extent.asInt(1, maxBytesPerItem));
    tensor.shape.push_back(size);
  }
  uint64_t elements = 0;
  BRAID_TRY(countElements(object, tensor.shape, elements));
  tensor.bytes = elements * sizeOf(tensor.dtype);
  return {};
}

/// Reads the array under `key`, one item after the other.
template <typename Item>
Status readList(JsonValue root, std::string_view key, std::vector<Item> &items, Status (*readItem)(JsonValue, Item &)) {
  BRAID_TRY_ASSIGN(JsonValue list, root.getArray(key));
  items.resize(list.size());
  for (size_t i = 0; i < list.size(); ++i)
    BRAID_TRY(readItem(list.at(i), items[i]));
  return {};
}

Status readModel(JsonValue object, Manifest::Model &model) {
  BRAID_TRY(readString(object, "name", model.name));
  BRAID_TRY(readString(object, "architecture", model.architecture));
  BRAID_TRY_ASSIGN(model.vocabSize, object.getInt("vocab_size", 1, maxTokenId));
  BRAID_TRY_ASSIGN(model.layers, object.getInt("layers", 0, 1'000'000));
  BRAID_TRY_ASSIGN(model.parameters, object.getInt("parameters", 0));
  BRAID_TRY_ASSIGN(model.maxContext, object.getInt("max_context", 0, int64_t{1} << 40));
  if (std::optional<JsonValue> bos = object.find("bos_token_id"); bos && !bos->isNull()) {
    BRAID_TRY_ASSIGN(model.bosTokenId, bos->asInt(0, maxTokenId));
  }
  BRAID_TRY_ASSIGN(model.eosTokenIds, object.getInts("eos_token_id", 0, maxTokenId));
  return {};
}

Status readTarget(JsonValue object, Manifest::Target &target) {
  BRAID_TRY(readString(object, "kind", target.kind));
  BRAID_TRY(readString(object, "cpu", target.cpu));
  BRAID_TRY_ASSIGN(JsonValue features, object.getArray("features"));
  for (size_t i = 0; i < features.size(); ++i) {
    BRAID_TRY_ASSIGN(std::string_view feature, features.at(i).asString());
    target.features.emplace_back(feature);
  }
  return {};
}

Status readWeight(JsonValue object, Manifest::Weight &weight) {
  BRAID_TRY(readString(object, "name", weight.name));
  BRAID_TRY(readDtype(object, "dtype", weight.dtype));
  BRAID_TRY(readShape(object, weight.shape, weight.elements));
  weight.bytes = weight.elements * sizeOf(weight.dtype);
  BRAID_TRY_ASSIGN(JsonValue init, object.getObject("init"));
  BRAID_TRY_ASSIGN(weight.init, WeightInit::fromJson(init));
  return {};
}

Status readState(JsonValue object, Manifest::State &state) {
  BRAID_TRY(readString(object, "name", state.name));
  BRAID_TRY_ASSIGN(JsonValue kindValue, object.get("kind"));
  BRAID_TRY_ASSIGN(std::string_view kind, kindValue.asString());
  if (kind != "conv_tail" && kind != "recurrent" && kind != "kv")
    return kindValue.expected("'conv_tail', 'recurrent' or 'kv'");
  state.kind = kind == "kv"          ? Manifest::State::Kind::KeyValue
               : kind == "recurrent" ? Manifest::State::Kind::Recurrent
                                     : Manifest::State::Kind::ConvTail;
  BRAID_TRY(readDtype(object, "dtype", state.dtype));
  uint64_t elements = 0;
  BRAID_TRY(readShape(object, state.shape, elements));
  state.bytes = elements * sizeOf(state.dtype);
  if (state.kind == Manifest::State::Kind::KeyValue && (state.shape.size() != 3 || state.shape[1] != BRAID_PAGE_TOKENS))
    return object.error(
        cat("expected the shape [heads, ", BRAID_PAGE_TOKENS, ", head_dim] of a page, found ", listed(state.shape)));
  return {};
}

Status readArena(JsonValue object, std::array<uint64_t, 3> &bytes) {
  const char *keys[] = {"tokens", "rows", "fixed"};
  for (int i = 0; i < 3; ++i) {
    BRAID_TRY_ASSIGN(int64_t size, object.getInt(keys[i], 0, maxBytesPerItem));
    bytes[i] = static_cast<uint64_t>(size);
  }
  return {};
}

Status readEntry(JsonValue object, Manifest::Entry &entry) {
  BRAID_TRY(readString(object, "name", entry.name));
  entry.isFunction = object.find("results").has_value();
  if (entry.isFunction) {
    BRAID_TRY_ASSIGN(entry.ragged, object.getBool("ragged"));
    BRAID_TRY(readList(object, "arguments", entry.arguments, readTensor));
    BRAID_TRY(readList(object, "results", entry.results, readTensor));
  } else {
    BRAID_TRY_ASSIGN(JsonValue logitsValue, object.get("logits"));
    BRAID_TRY_ASSIGN(std::string_view logits, logitsValue.asString());
    if (logits != "row" && logits != "token")
      return logitsValue.expected("'row' or 'token'");
    entry.logitsPerToken = logits == "token";
  }
  BRAID_TRY_ASSIGN(JsonValue arena, object.getObject("arena"));
  BRAID_TRY(readArena(arena, entry.arenaBytes));
  BRAID_TRY_ASSIGN(entry.oneTokenRows, object.getBool("one_token_rows"));
  return {};
}

/// The names of states that functions use, as places in the list of states.
Status readEntryStates(JsonValue root, Manifest &manifest) {
  BRAID_TRY_ASSIGN(JsonValue entries, root.getArray("entries"));
  for (size_t i = 0; i < manifest.entries.size(); ++i) {
    if (!manifest.entries[i].isFunction)
      continue;
    BRAID_TRY_ASSIGN(JsonValue names, entries.at(i).getArray("states"));
    for (size_t j = 0; j < names.size(); ++j) {
      BRAID_TRY_ASSIGN(std::string_view name, names.at(j).asString());
      auto state = std::find_if(manifest.states.begin(), manifest.states.end(),
                                [&](const Manifest::State &candidate) { return candidate.name == name; });
      if (state == manifest.states.end())
        return names.at(j).expected("the name of a state");
      manifest.entries[i].states.push_back(static_cast<int32_t>(state - manifest.states.begin()));
    }
  }
  return {};
}

Status readCost(JsonValue kernel, std::string_view key, Manifest::Cost &cost) {
  BRAID_TRY_ASSIGN(JsonValue object, kernel.getObject(key));
  BRAID_TRY_ASSIGN(cost.tokens, object.getInt("tokens", 0));
  BRAID_TRY_ASSIGN(cost.rows, object.getInt("rows", 0));
  BRAID_TRY_ASSIGN(cost.fixed, object.getInt("fixed", 0));
  BRAID_TRY_ASSIGN(cost.context, object.getInt("context", 0));
  return {};
}

Status readKernel(JsonValue object, Manifest::Kernel &kernel) {
  BRAID_TRY(readString(object, "name", kernel.name));
  BRAID_TRY(readString(object, "entry", kernel.entry));
  BRAID_TRY_ASSIGN(kernel.calls, object.getInt("calls", 0));
  BRAID_TRY(readDtype(object, "math", kernel.math));
  BRAID_TRY(readCost(object, "flops", kernel.flops));
  BRAID_TRY(readCost(object, "bytes", kernel.bytes));
  return object.find("exponentials") ? readCost(object, "exponentials", kernel.exponentials) : Status();
}

template <typename Item> Status checkUnique(JsonValue root, std::string_view key, const std::vector<Item> &items) {
  std::set<std::string_view> seen;
  for (const Item &item : items)
    if (!seen.insert(item.name).second)
      return root.error(cat("expected the name ", inQuotes(item.name), " once in '", key, "', found it again"));
  return {};
}
Status readScratch(JsonValue object, uint64_t &bytes) {
  BRAID_TRY_ASSIGN(int64_t scratch, object.getInt("scratch_bytes", 0, maxBytesPerItem));
  bytes = static_cast<uint64_t>(scratch);
  return {};
}

Status readVersion(JsonValue object, Manifest::Version &version) {
  BRAID_TRY(readTarget(object, version.target));
  BRAID_TRY_ASSIGN(int64_t bytes, object.getInt("object_bytes", 1, maxBytesPerItem));
  version.objectBytes = static_cast<uint64_t>(bytes);
  BRAID_TRY(readList(object, "arenas", version.arenaBytes, readArena));
  BRAID_TRY(readList(object, "kernels", version.kernels, readKernel));
  return readScratch(object, version.scratchBytes);
}

/// Versions of the code, each for another CPU; the first is the one that the manifest itself describes.
Status readVersions(JsonValue root, Manifest &manifest) {
  std::optional<JsonValue> list = root.find("versions");
  if (!list)
    return {};
  BRAID_TRY(readList(root, "versions", manifest.versions, readVersion));
  if (manifest.versions.empty())
    return list->expected("at least one version");
  std::set<std::string_view> cpus;
  for (size_t i = 0; i < manifest.versions.size(); ++i) {
    const Manifest::Version &version = manifest.versions[i];
    if (version.target.kind != "cpu")
      return list->at(i).error(cat("key 'kind': expected 'cpu', found ", inQuotes(version.target.kind)));
    if (!cpus.insert(version.target.cpu).second)
      return list->at(i).error(cat("expected each CPU once, found ", inQuotes(version.target.cpu), " again"));
    if (version.arenaBytes.size() != manifest.entries.size())
      return list->at(i).error(cat("expected the arenas of ", manifest.entries.size(), " entries, found ",
                                   version.arenaBytes.size()));
  }
  const Manifest::Target &first = manifest.versions.front().target;
  if (manifest.target.kind != "cpu" || manifest.target.cpu != first.cpu)
    return list->error(cat("expected first the target's CPU ", inQuotes(manifest.target.cpu), ", found ",
                           inQuotes(first.cpu)));
  return {};
}
} // namespace

Result<Manifest> parseManifest(std::string_view text, const std::string &file) {
  return guardMemory([&]() -> Result<Manifest> {
    BRAID_TRY_ASSIGN(JsonDocument document, JsonDocument::parse(text, file));
    JsonValue root = document.root();
    Manifest manifest;
    BRAID_TRY_ASSIGN(int64_t format, root.getInt("format"));
    if (format != 1)
      return Status::unsupported(cat(file, ": key 'format': expected 1, found ", format));
    BRAID_TRY_ASSIGN(JsonValue target, root.getObject("target"));
    BRAID_TRY(readTarget(target, manifest.target));
    bool hasKernels = root.find("gpu_kernels").has_value();
    if (hasKernels) {
      BRAID_TRY(readList(root, "gpu_kernels", manifest.gpuKernels, readGpuKernel));
      BRAID_TRY(checkUnique(root, "gpu_kernels", manifest.gpuKernels));
    }
    if (hasKernels && !root.find("entries"))
      return manifest;
    BRAID_TRY(readDtype(root, "dtype", manifest.dtype));
    BRAID_TRY(readList(root, "weights", manifest.weights, readWeight));
    BRAID_TRY(checkUnique(root, "weights", manifest.weights));
    BRAID_TRY(readList(root, "states", manifest.states, readState));
    BRAID_TRY(readList(root, "entries", manifest.entries, readEntry));
    BRAID_TRY(checkUnique(root, "entries", manifest.entries));
    BRAID_TRY(readEntryStates(root, manifest));
    bool ofModel = std::any_of(manifest.entries.begin(), manifest.entries.end(),
                               [](const Manifest::Entry &entry) { return !entry.isFunction; });
    if (ofModel || root.find("model")) {
      BRAID_TRY_ASSIGN(JsonValue model, root.getObject("model"));
      BRAID_TRY(readModel(model, manifest.model.emplace()));
    }
    BRAID_TRY(readList(root, "kernels", manifest.kernels, readKernel));
    BRAID_TRY(readScratch(root, manifest.scratchBytes));
    BRAID_TRY(readVersions(root, manifest));
    return manifest;
  });
}

std::string_view nameOf(Manifest::State::Kind kind) {
  switch (kind) {
  case Manifest::State::Kind::ConvTail:
    return "conv_tail";
  case Manifest::State::Kind::Recurrent:
    return "recurrent";
  case Manifest::State::Kind::KeyValue:
    return "kv";
  }
  return "";
}

void Manifest::choose(size_t version) {
  Version &chosen = versions[version];
  target = std::move(chosen.target);
  for (size_t i = 0; i < entries.size(); ++i)
    entries[i].arenaBytes = chosen.arenaBytes[i];
  kernels = std::move(chosen.kernels);
  scratchBytes = chosen.scratchBytes;
  versions.clear();
}

uint64_t Manifest::imageBytes() const {
  uint64_t end = 0;
  for (const GpuKernel &kernel : gpuKernels)
    for (const GpuKernel::Image &image : kernel.images)
      end = std::max(end, image.offset + image.bytes);
  return end;
}

int64_t Manifest::findEntry(std::string_view name) const {
  for (size_t i = 0; i < entries.size(); ++i)
    if (entries[i].name == name)
      return static_cast<int64_t>(i);
  return -1;
}

} // namespace braid
