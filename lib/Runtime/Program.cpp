//===- Program.cpp - An artifact with its weights -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Program.h"

#include "CpuFeatures.h"
#include "braid/Formats/Artifact.h"
#include "braid/Formats/File.h"

namespace braid {

static uint64_t hashStates(const Manifest &manifest) {
  uint64_t hash = mixBits(manifest.states.size());
  auto mix = [&](uint64_t value) { hash = mixBits(hash ^ value) + 0x9e3779b97f4a7c15u; };
  for (const Manifest::State &state : manifest.states) {
    mix(static_cast<uint64_t>(state.kind));
    mix(static_cast<uint64_t>(state.dtype));
    mix(state.shape.size());
    for (int64_t extent : state.shape)
      mix(static_cast<uint64_t>(extent));
  }
  return hash;
}

Result<std::shared_ptr<const Program>> Program::load(const std::string &path, const Options &options) {
  return guardMemory([&]() -> Result<std::shared_ptr<const Program>> {
    auto program = std::make_shared<Program>();
    BRAID_TRY_ASSIGN(std::string contents, readFile(path, artifactMaxBytes));
    BRAID_TRY_ASSIGN(ArtifactParts parts, parseArtifact(contents, path));
    program->description = std::move(parts.manifest);
    program->text = std::string(parts.manifestText);
    const Manifest &manifest = program->description;
    if (manifest.entries.empty())
      return Status::unsupported(cat(path, ": expected an artifact with entry points, found one of GPU kernels alone"));
    if (manifest.target.kind != "cpu" && manifest.target.kind != "cuda")
      return Status::unsupported(
          cat(path, ": manifest: key 'target.kind': expected 'cpu' or 'cuda', found ", inQuotes(manifest.target.kind)));
    if (manifest.target.kind == "cuda" && !manifest.weights.empty())
      return Status::unsupported(cat(path, ": expected functions without weights for a GPU, found weight ",
                                     inQuotes(manifest.weights.front().name)));
    program->file = path;
    program->fileDigest = parts.digest;
    program->kernelImages = std::string(parts.images);
    BRAID_TRY(checkCpuFeatures(manifest.target.features, path));
    BRAID_TRY_ASSIGN(program->object, LoadedObject::load(parts.object, path));
    if (program->object.table().entry_count != manifest.entries.size())
      return Status::badInput(cat(path, ": expected ", manifest.entries.size(), " entry points by the manifest, found ",
                                  program->object.table().entry_count, " in the object"));
    BRAID_TRY_ASSIGN(std::unique_ptr<ThreadPool> pool, ThreadPool::create(options.threads, 0));
    if (options.weights.empty()) {
      BRAID_TRY_ASSIGN(program->parameters, Weights::fromSeed(manifest, options.seed, *pool));
    } else {
      BRAID_TRY_ASSIGN(program->parameters, Weights::fromFiles(manifest, options.weights, *pool, options.log));
    }
    program->layout = hashStates(manifest);
    return std::shared_ptr<const Program>(std::move(program));
  });
}

} // namespace braid
