//===- Artifact.cpp - The artifact of a lowered module --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Pipelines/Artifact.h"
#include "braid/Target/CPU/Emit.h"
#include "braid/Target/NVPTX/Emit.h"
#include "braid/Target/NVPTX/KernelTable.h"
#include "braid/Target/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/Support/JSON.h"

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

Result<ArtifactContents> emitArtifact(ModuleOp module, const cpu::TargetInfo &host, const std::string &file) {
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
