//===- index.cpp - Fuzzes the reader of safetensors indexes ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"
#include "braid/Formats/Safetensors.h"

#include <filesystem>

using namespace braid;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto entries = parseSafetensorsIndex(asText(data, size), "fuzz");
  checkRefusal(entries.status());
  // No accepted name leads out of the folder.
  if (entries.ok())
    for (const auto &[tensor, file] : *entries) {
      std::filesystem::path path(file);
      if (path.is_absolute() || path.empty())
        std::abort();
      for (const std::filesystem::path &part : path)
        if (part == "..")
          std::abort();
    }
  return 0;
}
