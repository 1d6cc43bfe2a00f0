//===- SafetensorsWriter.cpp - Writing safetensors ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Formats/Json.h"
#include "braid/Formats/Safetensors.h"

#include <algorithm>

namespace braid {

static std::string headerText(const std::vector<TensorToWrite> &tensors,
                              const std::vector<std::pair<std::string, std::string>> &metadata) {
  std::string text = "{";
  const char *comma = "";
  if (!metadata.empty()) {
    text += "\"__metadata__\":{";
    for (const auto &[key, value] : metadata) {
      text += cat(comma, jsonQuoted(key), ":", jsonQuoted(value));
      comma = ",";
    }
    text += "}";
  }
  uint64_t offset = 0;
  for (const TensorToWrite &tensor : tensors) {
    uint64_t bytes = sizeOf(tensor.dtype);
    for (int64_t extent : tensor.shape)
      bytes *= static_cast<uint64_t>(extent);
    text += cat(comma, jsonQuoted(tensor.name), ":{\"dtype\":\"", safetensorsNameOf(tensor.dtype),
                "\",\"shape\":", listed(tensor.shape), ",\"data_offsets\":[", offset, ",", offset + bytes, "]}");
    offset += bytes;
    comma = ",";
  }
  text += "}";
  text.append((64 - (8 + text.size()) % 64) % 64, ' ');
  return text;
}

Status writeSafetensors(const std::string &path, std::vector<TensorToWrite> tensors,
                        const std::vector<std::pair<std::string, std::string>> &metadata) {
  return guardMemory([&]() -> Status {
    std::sort(tensors.begin(), tensors.end(), [](const TensorToWrite &a, const TensorToWrite &b) {
      return sizeOf(a.dtype) != sizeOf(b.dtype) ? sizeOf(a.dtype) > sizeOf(b.dtype) : a.name < b.name;
    });
    std::string header = headerText(tensors, metadata);
    uint8_t length[8];
    for (int i = 0; i < 8; ++i)
      length[i] = static_cast<uint8_t>(static_cast<uint64_t>(header.size()) >> (8 * i));
    BRAID_TRY_ASSIGN(AtomicFile file, AtomicFile::create(path));
    BRAID_TRY(file.write(length, sizeof length));
    BRAID_TRY(file.write(header));
    for (const TensorToWrite &tensor : tensors) {
      uint64_t bytes = sizeOf(tensor.dtype);
      for (int64_t extent : tensor.shape)
        bytes *= static_cast<uint64_t>(extent);
      BRAID_TRY(file.write(tensor.data, bytes));
    }
    return file.commit();
  });
}

} // namespace braid
