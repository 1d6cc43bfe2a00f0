//===- Safetensors.cpp - Reading safetensors ------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Formats/Safetensors.h"

#include "braid/Formats/Json.h"

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <set>
#include <sys/stat.h>
#include <tuple>

namespace braid {

namespace {
/// Bytes per element of every type the format knows; 0 for an unknown name.
uint64_t elementBytes(std::string_view dtype) {
  struct Entry {
    std::string_view name;
    uint64_t bytes;
  };
  static constexpr Entry entries[] = {
      {"F64", 8}, {"F32", 4}, {"F16", 2}, {"BF16", 2}, {"I32", 4},     {"I64", 8},     {"I16", 2},     {"I8", 1},
      {"U64", 8}, {"U32", 4}, {"U16", 2}, {"U8", 1},   {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"F8_E8M0", 1}, {"BOOL", 1},
      {"C64", 8},
  };
  for (const Entry &entry : entries)
    if (entry.name == dtype)
      return entry.bytes;
  return 0;
}

constexpr int64_t largestOffset = std::numeric_limits<int64_t>::max();

Result<TensorInfo> readTensor(JsonValue entry, uint64_t bufferStart) {
  TensorInfo info;
  info.name = std::string(entry.key());
  BRAID_TRY_ASSIGN(JsonValue dtype, entry.get("dtype"));
  BRAID_TRY_ASSIGN(std::string_view dtypeName, dtype.asString());
  info.dtypeName = std::string(dtypeName);
  info.dtype = dtypeFromSafetensorsName(dtypeName);
  uint64_t size = elementBytes(dtypeName);
  if (size == 0)
    return dtype.expected("a dtype of safetensors");
  BRAID_TRY_ASSIGN(info.shape, entry.getInts("shape", 0, largestOffset));
  BRAID_TRY_ASSIGN(JsonValue offsets, entry.get("data_offsets"));
  BRAID_TRY_ASSIGN(std::vector<int64_t> range, offsets.asInts(0, largestOffset));
  if (range.size() != 2 || range[0] > range[1])
    return offsets.expected("[begin, end] with begin <= end");
  uint64_t bytes = size;
  for (int64_t extent : info.shape)
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(extent), &bytes))
      return entry.error(cat("expected a tensor of fewer than 2^64 bytes, found shape ", listed(info.shape)));
  uint64_t found = static_cast<uint64_t>(range[1] - range[0]);
  if (bytes != found)
    return entry.error(cat("expected ", bytes, " bytes for ", info.dtypeName, " of shape ", listed(info.shape),
                           ", found ", found));
  if (__builtin_add_overflow(bufferStart, static_cast<uint64_t>(range[0]), &info.begin) ||
      __builtin_add_overflow(bufferStart, static_cast<uint64_t>(range[1]), &info.end))
    return offsets.expected("offsets within the file");
  return info;
}

/// The tensors, sorted by begin, must cover [bufferStart, fileBytes) without overlap.
Status checkTiling(const std::vector<TensorInfo> &tensors, uint64_t bufferStart, uint64_t fileBytes,
                   const std::string &file) {
  uint64_t covered = bufferStart;
  for (const TensorInfo &tensor : tensors) {
    if (tensor.begin != covered)
      return Status::badInput(cat(file, ": tensor ", inQuotes(tensor.name), ": expected its bytes to begin at offset ",
                                  covered - bufferStart, ", found ", tensor.begin - bufferStart));
    covered = tensor.end;
  }
  if (covered != fileBytes)
    return Status::badInput(
        cat(file, ": expected a file of ", covered, " bytes by its header, found ", fileBytes, " bytes"));
  return {};
}
} // namespace

uint64_t TensorInfo::elements() const {
  uint64_t count = 1;
  for (int64_t extent : shape)
    count *= static_cast<uint64_t>(extent);
  return count;
}

Result<std::vector<TensorInfo>> parseSafetensorsHeader(const uint8_t *data, uint64_t available, uint64_t fileBytes,
                                                       const std::string &file) {
  return guardMemory([&]() -> Result<std::vector<TensorInfo>> {
    if (fileBytes < 8 || available < 8)
      return Status::badInput(cat(file, ": expected at least 8 bytes of safetensors, found ", fileBytes));
    uint64_t headerBytes = 0;
    for (int i = 7; i >= 0; --i)
      headerBytes = headerBytes << 8 | data[i];
    if (headerBytes > safetensorsMaxHeaderBytes)
      return Status::badInput(
          cat(file, ": expected a header of at most ", safetensorsMaxHeaderBytes, " bytes, found ", headerBytes));
    if (headerBytes > fileBytes - 8 || headerBytes > available - 8)
      return Status::badInput(
          cat(file, ": expected a header of ", headerBytes, " bytes, found a file of ", fileBytes, " bytes"));
    std::string_view text(reinterpret_cast<const char *>(data) + 8, headerBytes);
    BRAID_TRY_ASSIGN(JsonDocument document, JsonDocument::parse(text, file));
    BRAID_TRY_ASSIGN(JsonValue root, document.root().asObject());
    std::vector<TensorInfo> tensors;
    tensors.reserve(root.size());
    for (size_t i = 0; i < root.size(); ++i) {
      JsonValue entry = root.at(i);
      if (entry.key() == "__metadata__") {
        BRAID_TRY(entry.asObject().status());
        continue;
      }
      BRAID_TRY_ASSIGN(TensorInfo info, readTensor(entry, 8 + headerBytes));
      tensors.push_back(std::move(info));
    }
    std::sort(tensors.begin(), tensors.end(), [](const TensorInfo &a, const TensorInfo &b) {
      return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
    });
    BRAID_TRY(checkTiling(tensors, 8 + headerBytes, fileBytes, file));
    return tensors;
  });
}

Result<std::vector<std::pair<std::string, std::string>>> parseSafetensorsIndex(std::string_view text,
                                                                               const std::string &file) {
  return guardMemory([&]() -> Result<std::vector<std::pair<std::string, std::string>>> {
    BRAID_TRY_ASSIGN(JsonDocument document, JsonDocument::parse(text, file));
    BRAID_TRY_ASSIGN(JsonValue map, document.root().getObject("weight_map"));
    std::vector<std::pair<std::string, std::string>> entries;
    entries.reserve(map.size());
    for (size_t i = 0; i < map.size(); ++i) {
      BRAID_TRY_ASSIGN(std::string_view shard, map.at(i).asString());
      bool leaves = shard.empty() || shard.front() == '/' || shard.find('\0') != shard.npos;
      for (size_t start = 0; start <= shard.size();) {
        size_t slash = std::min(shard.find('/', start), shard.size());
        leaves |= shard.substr(start, slash - start) == "..";
        start = slash + 1;
      }
      if (leaves)
        return map.at(i).expected("the name of a file below the index's folder");
      entries.emplace_back(map.at(i).key(), shard);
    }
    return entries;
  });
}

Status Safetensors::addFile(const std::string &path, const std::string &shown) {
  BRAID_TRY_ASSIGN(std::shared_ptr<const MappedFile> file, MappedFile::open(path));
  BRAID_TRY_ASSIGN(std::vector<TensorInfo> infos,
                   parseSafetensorsHeader(file->data(), file->size(), file->size(), shown));
  for (TensorInfo &info : infos) {
    auto [at, isNew] = byName.emplace(info.name, views.size());
    if (!isNew)
      return Status::badInput(cat(shown, ": tensor ", inQuotes(info.name), ": expected once, found also in ",
                                  views[at->second].file->path()));
    const uint8_t *data = file->data() + info.begin;
    views.push_back({std::move(info), data, file});
  }
  return {};
}

namespace {
bool exists(const std::string &path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0;
}

bool isFolder(const std::string &path) {
  struct stat info;
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

/// `shard` with all links followed, if it still lies below `folder`.
Status checkBelow(const std::string &folder, const std::string &shard, const std::string &index) {
  char root[PATH_MAX], leaf[PATH_MAX];
  if (!::realpath(folder.c_str(), root))
    return systemError("cannot resolve", folder, errno);
  if (!::realpath(shard.c_str(), leaf))
    return systemError("cannot resolve", shard, errno);
  std::string prefix = root;
  if (prefix.back() != '/')
    prefix += '/';
  if (std::string_view(leaf).substr(0, prefix.size()) != prefix)
    return Status::badInput(cat(index, ": expected files below ", pathInQuotes(folder), ", found ", pathInQuotes(shard),
                                ", which leads to ", pathInQuotes(leaf)));
  return {};
}
} // namespace

Result<Safetensors> Safetensors::open(const std::string &path) {
  return guardMemory([&]() -> Result<Safetensors> {
    Safetensors folder;
    folder.name = path;
    if (!isFolder(path)) {
      BRAID_TRY(folder.addFile(path, path));
      return folder;
    }
    std::string index = path + "/model.safetensors.index.json", single = path + "/model.safetensors";
    if (!exists(index)) {
      if (!exists(single))
        return Status::io(
            cat(pathInQuotes(path), ": expected model.safetensors or model.safetensors.index.json, found neither"));
      BRAID_TRY(folder.addFile(single, single));
      return folder;
    }
    BRAID_TRY_ASSIGN(std::string text, readFile(index, JsonLimits().maxBytes));
    BRAID_TRY_ASSIGN(auto entries, parseSafetensorsIndex(text, index));
    std::set<std::string> shards;
    for (const auto &[tensor, shard] : entries)
      if (shards.insert(shard).second) {
        std::string file = path + "/" + shard;
        BRAID_TRY(checkBelow(path, file, index));
        BRAID_TRY(folder.addFile(file, file));
      }
    for (const auto &[tensor, shard] : entries) {
      const TensorView *view = folder.find(tensor);
      if (!view || view->file->path() != path + "/" + shard)
        return Status::badInput(cat(index, ": tensor ", inQuotes(tensor), ": expected in ", inQuotes(shard), ", found ",
                                    view ? "in " + pathInQuotes(view->file->path()) : "in no file"));
    }
    return folder;
  });
}

const TensorView *Safetensors::find(std::string_view wanted) const {
  auto found = byName.find(std::string(wanted));
  return found == byName.end() ? nullptr : &views[found->second];
}

} // namespace braid
