//===- Import.cpp - From a model's files to the braid dialect --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Import/Import.h"

#include "Description.h"
#include "HuggingFace.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace braid {

namespace {
/// Configurations and descriptions are small; anything near this is no such file.
constexpr uint64_t maxConfigBytes = 16'000'000;

/// The file that describes the model, and the folder that holds its weights.
struct ModelFiles {
  std::string config, folder;
};

ModelFiles findFiles(StringRef path) {
  SmallString<256> config(path), folder(path);
  if (llvm::sys::fs::is_directory(path))
    llvm::sys::path::append(config, "config.json");
  else
    llvm::sys::path::remove_filename(folder);
  return {config.str().str(), folder.empty() ? std::string(".") : folder.str().str()};
}

/// The name of a model that has none of its own: that of its folder.
std::string folderName(StringRef folder) {
  SmallString<256> real;
  if (llvm::sys::fs::real_path(folder, real))
    real = folder;
  StringRef name = llvm::sys::path::filename(real);
  return name.empty() || name == "/" ? std::string("model") : name.str();
}

void chooseDTypes(ModelSpec &spec, const ImportOptions &options) {
  spec.dtype = options.dtype ? *options.dtype : spec.fileDType.value_or(DType::BF16);
  if (options.stateDType)
    spec.stateDType = *options.stateDType;
  if (spec.dtype == DType::F64)
    spec.stateDType = DType::F64;
}

bool isModelType(DType type) { return type == DType::BF16 || type == DType::F32 || type == DType::F64; }

/// Reads the file into `spec`; says whether it is a config.json.
Result<bool> readFileInto(const ModelFiles &files, ModelSpec &spec, WarningSink warn) {
  JsonLimits limits;
  limits.maxBytes = maxConfigBytes;
  limits.allowNonFinite = true;
  BRAID_TRY_ASSIGN(JsonDocument document, JsonDocument::load(files.config, limits));
  BRAID_TRY_ASSIGN(JsonValue root, document.root().asObject());
  spec.file = files.config;
  Status status;
  KeyReader keys(root, status);
  bool isConfig = root.find("model_type").has_value() || !root.find("d_model");
  if (isConfig) {
    spec.name = folderName(files.folder);
    readConfig(keys, spec, warn);
  } else {
    readDescription(keys, spec);
  }
  if (!status.ok())
    return status;
  return isConfig;
}

Status checkOptions(const ImportOptions &options) {
  if (options.dtype && !isModelType(*options.dtype))
    return Status::usage(cat("expected dtype bf16, f32 or f64, found ", nameOf(*options.dtype)));
  if (options.stateDType && *options.stateDType != DType::F32 && *options.stateDType != DType::BF16)
    return Status::usage(cat("expected state dtype f32 or bf16, found ", nameOf(*options.stateDType)));
  return {};
}

Result<bool> readSpec(const ModelFiles &files, const ImportOptions &options, ModelSpec &spec, WarningSink warn) {
  BRAID_TRY(checkOptions(options));
  BRAID_TRY_ASSIGN(bool isConfig, readFileInto(files, spec, warn));
  chooseDTypes(spec, options);
  BRAID_TRY(checkSizes(spec));
  return isConfig;
}
} // namespace

Result<ModelSpec> readModelSpec(StringRef path, const ImportOptions &options, WarningSink warn) {
  return guardMemory([&]() -> Result<ModelSpec> {
    ModelSpec spec;
    BRAID_TRY(readSpec(findFiles(path), options, spec, warn).status());
    return spec;
  });
}

Result<OwningOpRef<ModuleOp>> importModel(StringRef path, const ImportOptions &options, MLIRContext *context,
                                          WarningSink warn) {
  return guardMemory([&]() -> Result<OwningOpRef<ModuleOp>> {
    ModelFiles files = findFiles(path);
    ModelSpec spec;
    BRAID_TRY_ASSIGN(bool isConfig, readSpec(files, options, spec, warn));
    OwningOpRef<ModuleOp> module = buildModel(spec, context);
    if (isConfig && !options.noWeights)
      BRAID_TRY(checkWeights(*module, spec, files.folder, warn));
    if (failed(verify(*module)))
      return Status::internal(cat(spec.file, ": the imported module does not verify"));
    return module;
  });
}

} // namespace braid
