//===- Artifact.cpp - The artifact of a lowered module --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Pipelines/Artifact.h"
#include "braid/Formats/Manifest.h"
#include "braid/Target/CPU/Emit.h"
#include "braid/Target/NVPTX/Emit.h"
#include "braid/Target/NVPTX/KernelTable.h"
#include "braid/Target/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/Support/JSON.h"
#include <optional>
#include <set>

using namespace mlir;

namespace braid {

static gpu::GPUModuleOp gpuKernelsOf(ModuleOp module) {
  auto modules = module.getOps<gpu::GPUModuleOp>();
  return modules.empty() ? gpu::GPUModuleOp() : *modules.begin();
}

/// The module without its GPU kernels: what runs on the host.
static OwningOpRef<ModuleOp> hostPart(ModuleOp module) {
  OwningOpRef<ModuleOp> host = module.clone();
  if (auto kernels = gpuKernelsOf(*host))
    kernels.erase();
  return host;
}

/// The manifest that the plan phase wrote, and what is known of the kernels only now: the scratch memory that the largest
/// needs, and the GPU kernels' table.
static Result<std::string> finishManifest(ModuleOp module, const std::string &file,
                                          const std::vector<GpuKernel> &kernels) {
  auto text = module->getAttrOfType<StringAttr>(kManifestAttr);
  if (!text && !kernels.empty())
    return kernelManifest(kernels);
  auto parsed = llvm::json::parse(text ? text.getValue() : "");
  llvm::json::Object *manifest = parsed ? parsed->getAsObject() : nullptr;
  if (!manifest) {
    llvm::consumeError(parsed.takeError());
    return Status::badInput(
        cat(file, ": attribute ", std::string_view(kManifestAttr), ": expected a manifest, found ", text ? "other text" : "none"));
  }
  int64_t scratch = 0;
  for (Operation &op : *module.getBody())
    if (auto bytes = op.getAttrOfType<IntegerAttr>("braid.scratch_bytes"))
      scratch = std::max(scratch, bytes.getInt());
  (*manifest)["scratch_bytes"] = scratch;
  if (!kernels.empty())
    (*manifest)["gpu_kernels"] = llvm::cantFail(llvm::json::parse(formatGpuKernels(kernels)));
  std::string finished;
  llvm::raw_string_ostream(finished) << *parsed;
  return finished;
}

Result<std::string> finishManifest(ModuleOp module, const std::string &file) {
  return finishManifest(module, file, {});
}

static Result<ArtifactContents> emitVersion(ModuleOp module, const cpu::TargetInfo &host, const std::string &file) {
  ArtifactContents artifact;
  std::vector<GpuKernel> kernels;
  if (auto gpuKernels = gpuKernelsOf(module)) {
    BRAID_TRY_ASSIGN(std::string ptx, nvptx::emitPTX(gpuKernels));
    BRAID_TRY_ASSIGN(artifact.images, nvptx::assemble(ptx));
    BRAID_TRY_ASSIGN(kernels, nvptx::kernelTable(gpuKernels, artifact.images.size()));
  }
  BRAID_TRY_ASSIGN(artifact.manifest, finishManifest(module, file, kernels));
  if (module.lookupSymbol("braid_artifact")) {
    BRAID_TRY_ASSIGN(artifact.object, cpu::emit(*hostPart(module), host, cpu::Output::SharedObject));
  }
  return artifact;
}

/// Takes what differs by CPU out of a manifest that finishManifest wrote.
static llvm::json::Object takeVersion(llvm::json::Object &manifest, size_t objectBytes) {
  llvm::json::Object version = std::move(*manifest.getObject("target"));
  manifest.erase("target");
  version["object_bytes"] = int64_t(objectBytes);
  llvm::json::Array arenas;
  for (llvm::json::Value &entry : *manifest.getArray("entries")) {
    arenas.push_back(std::move(*entry.getAsObject()->get("arena")));
    entry.getAsObject()->erase("arena");
  }
  version["arenas"] = std::move(arenas);
  for (StringRef key : {"kernels", "scratch_bytes"}) {
    version[key] = std::move(*manifest.get(key));
    manifest.erase(key);
  }
  return version;
}

/// The first name, in the alphabet's order, of a field that two objects do not have in common.
static std::string firstDifference(const llvm::json::Object &a, const llvm::json::Object &b) {
  std::set<std::string> names;
  for (const llvm::json::Object *object : {&a, &b})
    for (const auto &field : *object)
      if (const llvm::json::Value *x = a.get(field.first), *y = b.get(field.first); !x || !y || *x != *y)
        names.insert(field.first.str());
  return names.empty() ? "" : *names.begin();
}

/// Joins versions into one artifact, whose manifest is the first one's with a list of them all.
static Result<ArtifactContents> joinVersions(ArrayRef<Version> versions, std::vector<ArtifactContents> &parts,
                                             const std::string &file) {
  ArtifactContents joined;
  llvm::json::Array list;
  std::optional<llvm::json::Object> common;
  for (auto [version, part] : llvm::zip_equal(versions, parts)) {
    if (!part.images.empty() || part.object.empty())
      return Status::badInput(cat(file, ": expected programs for CPUs alone in a module for several, found other code"));
    // What is written here is read again before it goes into a file: errors of edited IR show there.
    BRAID_TRY(parseManifest(part.manifest, file + ": manifest").status());
    llvm::json::Value manifest = llvm::cantFail(llvm::json::parse(part.manifest));
    list.push_back(takeVersion(*manifest.getAsObject(), part.object.size()));
    joined.object += part.object;
    if (!common)
      common = *manifest.getAsObject();
    else if (std::string field = firstDifference(*common, *manifest.getAsObject()); !field.empty())
      return Status::badInput(cat(file, ": manifest: key ", inQuotes(field), ": expected the same for ",
                                  inQuotes(versions.front().target.name), " and ", inQuotes(version.target.name),
                                  ", found a difference"));
  }
  llvm::json::Value whole = llvm::cantFail(llvm::json::parse(parts.front().manifest));
  (*whole.getAsObject())["versions"] = std::move(list);
  llvm::raw_string_ostream(joined.manifest) << whole;
  return joined;
}

Result<ArtifactContents> emitArtifact(ArrayRef<Version> versions, const std::string &file) {
  std::vector<ArtifactContents> parts;
  for (const Version &version : versions) {
    BRAID_TRY_ASSIGN(ArtifactContents part, emitVersion(version.module, version.target, file));
    parts.push_back(std::move(part));
  }
  return parts.size() == 1 ? std::move(parts.front()) : joinVersions(versions, parts, file);
}

Result<std::string> emitListing(ModuleOp module, const cpu::TargetInfo &host, Listing listing) {
  auto gpuKernels = gpuKernelsOf(module);
  if (listing == Listing::PTX)
    return gpuKernels ? nvptx::emitPTX(gpuKernels)
                      : Result<std::string>(Status::usage("--emit=ptx: expected a module for a GPU, found one for a CPU"));
  if (gpuKernels && listing == Listing::LLVM)
    return nvptx::emitLLVM(gpuKernels);
  return cpu::emit(*hostPart(module), host,
                   listing == Listing::LLVM ? cpu::Output::LLVM : cpu::Output::Assembly);
}

} // namespace braid
