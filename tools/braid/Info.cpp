//===- Info.cpp - braid info ----------------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Support.h"
#include "braid/Formats/Artifact.h"
#include "braid/Formats/File.h"
#include "braid/Runtime/braid.h"

#include <optional>
#include <string_view>

namespace braid::tool {

namespace {
struct Options {
  std::string artifact;
  bool manifest = false, weights = false;
};

/// A name, which is whatever the artifact's maker wrote: none begins a line of its own or speaks to the terminal. The control
/// characters from U+0080 on are two bytes, of which the first is 0xc2.
std::string shown(std::string_view name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    auto byte = [&](size_t at) { return at < name.size() ? static_cast<unsigned char>(name[at]) : 0u; };
    bool isLong = byte(i) == 0xc2 && byte(i + 1) >= 0x80 && byte(i + 1) < 0xa0;
    out += isLong || byte(i) < ' ' || byte(i) == 0x7f ? '?' : name[i];
    i += isLong;
  }
  return out;
}

std::string joined(const std::vector<std::string> &words) {
  std::string out;
  for (const std::string &word : words)
    out += cat(out.empty() ? "" : " ", shown(word));
  return out;
}

/// "bf16 [tokens, 4096]"
std::string describe(const Manifest::Tensor &tensor) {
  std::string shape = listed(tensor.shape);
  if (tensor.axis != Manifest::Tensor::Axis::Fixed)
    shape = cat(tensor.axis == Manifest::Tensor::Axis::Tokens ? "[tokens" : "[rows", shape.substr(2));
  return cat(nameOf(tensor.dtype), " ", shape);
}

std::string signature(const Manifest::Entry &entry) {
  auto list = [](const std::vector<Manifest::Tensor> &tensors) {
    std::string out;
    for (const Manifest::Tensor &tensor : tensors)
      out += cat(out.empty() ? "" : ", ", describe(tensor));
    return out;
  };
  return cat("(", list(entry.arguments), entry.ragged ? ", rows" : "", ") -> (", list(entry.results), ")");
}

std::string describeKernels(const std::vector<GpuKernel> &kernels) {
  std::string out;
  for (const GpuKernel &kernel : kernels) {
    out += cat("kernel ", shown(kernel.name), ": ", kernel.threads, " threads, ", kernel.sharedBytes,
               " bytes of shared memory, clusters of ", kernel.cluster, kernel.persistent ? ", persistent" : "",
               ", code for");
    for (const GpuKernel::Image &image : kernel.images)
      out += cat(" ", shown(image.arch));
    out += "\n";
  }
  return out;
}

/// A line for each version of the code, if there are several, before one of them is chosen.
std::string describeVersions(const Manifest &manifest, std::optional<size_t> chosen) {
  std::string out;
  for (size_t i = 0; i < manifest.versions.size(); ++i) {
    const Manifest::Version &version = manifest.versions[i];
    out += cat("version ", shown(version.target.cpu), ": ", version.objectBytes, " bytes of code, features: ",
               joined(version.target.features), chosen == i ? "; runs here" : "", "\n");
  }
  return out;
}

/// `versions` is what describeVersions said.
std::string describe(const ArtifactParts &parts, const std::string &versions, bool withWeights) {
  const Manifest &manifest = parts.manifest;
  if (manifest.entries.empty())
    return cat("kernels: ", manifest.gpuKernels.size(), " for a GPU, ", parts.images.size(), " bytes of code\n",
               describeKernels(manifest.gpuKernels));
  uint64_t weightBytes = 0, slotBytes = 0, pageBytes = 0;
  for (const Manifest::Weight &weight : manifest.weights)
    weightBytes += weight.bytes;
  for (const Manifest::State &state : manifest.states)
    (state.kind == Manifest::State::Kind::KeyValue ? pageBytes : slotBytes) += state.bytes;
  std::string out;
  if (const std::optional<Manifest::Model> &model = manifest.model) {
    out += cat("model: ", shown(model->name), " (", shown(model->architecture), "), ", model->layers, " layers, ",
               model->parameters, " parameters, vocabulary ", model->vocabSize, "\n");
    out += model->maxContext ? cat("context: at most ", model->maxContext, " tokens\n") : "context: unbounded\n";
  }
  out += cat("target: ", shown(manifest.target.kind), " ", shown(manifest.target.cpu),
             ", features: ", joined(manifest.target.features), "\n", versions, "dtype: ", nameOf(manifest.dtype), "\n");
  out += cat("code: ", parts.object.size(), " bytes\n", "weights: ", manifest.weights.size(), " tensors, ", weightBytes,
             " bytes\n", "states: ", slotBytes, " bytes per slot, ", pageBytes, " bytes per 128 tokens\n",
             "scratch: ", manifest.scratchBytes, " bytes per thread\n");
  for (const Manifest::Entry &entry : manifest.entries)
    out += cat("entry ", shown(entry.name), ": ",
               entry.isFunction ? signature(entry) : cat("logits per ", entry.logitsPerToken ? "token" : "row"),
               ", arena ", entry.arenaBytes[0], " bytes per token, ", entry.arenaBytes[1], " per row, ",
               entry.arenaBytes[2], " fixed\n");
  out += describeKernels(manifest.gpuKernels);
  for (const Manifest::State &state : manifest.states)
    if (withWeights)
      out +=
          cat("state ", shown(state.name), ": ", nameOf(state.kind), " ", nameOf(state.dtype), " ", listed(state.shape),
              "\n");
  for (const Manifest::Weight &weight : manifest.weights)
    if (withWeights)
      out += cat("weight ", shown(weight.name), ": ", nameOf(weight.dtype), " ", listed(weight.shape), "\n");
  return out;
}

Status info(const Options &options) {
  BRAID_TRY_ASSIGN(std::string contents, readFile(options.artifact, artifactMaxBytes));
  BRAID_TRY_ASSIGN(ArtifactParts parts, parseArtifact(contents, options.artifact));
  if (options.manifest)
    return print(cat(parts.manifestText, "\n"));
  std::string versions;
  if (!parts.manifest.versions.empty()) {
    int32_t chosen = 0;
    Status status = take(braid_artifact_version(options.artifact.c_str(), &chosen));
    bool runs = status.ok();
    if (!runs && status.code() != StatusCode::Unsupported)
      return status;
    versions = describeVersions(parts.manifest, runs ? std::optional<size_t>(chosen) : std::nullopt);
    if (!runs)
      versions += "no version runs here: " + status.message() + "\n";
    parts.choose(static_cast<size_t>(chosen));
  }
  return print(describe(parts, versions, options.weights));
}
} // namespace

Command addInfo(CLI::App &app) {
  auto options = std::make_shared<Options>();
  app.add_option("artifact", options->artifact, "Artifact made by braidc")->required()->type_name("FILE");
  app.add_flag("--manifest", options->manifest, "Print the manifest as it is");
  app.add_flag("--tensors", options->weights, "List states and weights too");
  return [options] { return info(*options); };
}

} // namespace braid::tool
