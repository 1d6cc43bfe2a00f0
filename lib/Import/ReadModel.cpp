//===- ReadModel.cpp - From a model's files to a ModelSpec -----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Import/ReadModel.h"

#include "Description.h"
#include "HuggingFace.h"
#include "braid/Formats/File.h"

#include <algorithm>
#include <filesystem>

namespace fs = std::filesystem;

namespace braid {

namespace {
/// Configurations and descriptions are small; anything near this is no such file.
constexpr uint64_t maxModelFileBytes = 16'000'000;

/// The name of a model that has none of its own: that of its folder.
std::string folderName(const std::string &folder) {
  std::error_code error;
  fs::path real = fs::canonical(folder, error);
  std::string name = (error ? fs::path(folder) : real).filename().string();
  return name.empty() || name == "/" ? "model" : name;
}

Status chooseDTypes(ModelSpec &spec, const ImportOptions &options) {
  spec.dtype = options.dtype ? *options.dtype : spec.fileDType.value_or(DType::BF16);
  auto refuse = [&](std::string_view expected, std::string_view found) {
    return Status::usage(cat("--state-dtype: expected ", expected, " beside it, found ", found));
  };
  if (options.stateDType) {
    if (spec.dtype == DType::F64)
      return refuse("arithmetic in bf16 or f32", "f64, which keeps states in f64");
    if (!spec.hasRecurrentStates())
      return refuse("a model with recurrent states", "one without");
    spec.stateDType = *options.stateDType;
  }
  if (spec.dtype == DType::F64)
    spec.stateDType = DType::F64;
  return {};
}

Status checkOptions(const ImportOptions &options) {
  if (options.dtype && *options.dtype != DType::BF16 && *options.dtype != DType::F32 && *options.dtype != DType::F64)
    return Status::usage(cat("expected dtype bf16, f32 or f64, found ", nameOf(*options.dtype)));
  if (options.stateDType && *options.stateDType != DType::F32 && *options.stateDType != DType::BF16)
    return Status::usage(cat("expected state dtype f32 or bf16, found ", nameOf(*options.stateDType)));
  return {};
}
} // namespace

Result<ModelSpec> parseModelSpec(std::string_view text, const std::string &file, const ImportOptions &options,
                                 const WarningSink &warn) {
  return guardMemory([&]() -> Result<ModelSpec> {
    BRAID_TRY(checkOptions(options));
    JsonLimits limits;
    limits.maxBytes = maxModelFileBytes;
    limits.allowNonFinite = true;
    BRAID_TRY_ASSIGN(JsonDocument document, JsonDocument::parse(text, file, limits));
    BRAID_TRY_ASSIGN(JsonValue root, document.root().asObject());
    ModelSpec spec;
    spec.file = file;
    Status status;
    KeyReader keys(root, status);
    // A file with the keys of neither is more likely meant for a config.json.
    bool describes = root.find("pattern") || root.find("layers") || root.find("d_model");
    if (root.find("model_type") || !describes) {
      std::string folder = fs::path(file).parent_path().string();
      spec.folder = folder.empty() ? "." : folder;
      spec.name = folderName(spec.folder);
      readConfig(keys, spec, warn);
    } else {
      readDescription(keys, spec);
    }
    BRAID_TRY(status);
    spec.mamba2.chunk = std::min(spec.mamba2.chunk, maxChunk);
    BRAID_TRY(chooseDTypes(spec, options));
    BRAID_TRY(checkSizes(spec));
    return spec;
  });
}

Result<ModelSpec> readModelSpec(const std::string &path, const ImportOptions &options, const WarningSink &warn) {
  return guardMemory([&]() -> Result<ModelSpec> {
    std::error_code error;
    std::string file = fs::is_directory(path, error) ? (fs::path(path) / "config.json").string() : path;
    BRAID_TRY_ASSIGN(std::string text, readFile(file, maxModelFileBytes));
    return parseModelSpec(text, file, options, warn);
  });
}

} // namespace braid
