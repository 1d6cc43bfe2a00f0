//===- Artifact.h - The artifact of a lowered module ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_PIPELINES_ARTIFACT_H
#define BRAID_PIPELINES_ARTIFACT_H

#include "braid/Formats/Status.h"
#include "braid/Pipelines/Versions.h"
#include "braid/Target/CPU/TargetInfo.h"
#include "mlir/IR/BuiltinOps.h"
#include <string>

namespace braid {

/// The parts of an artifact (braid/Runtime/artifact.h).
struct ArtifactContents {
  std::string object, images, manifest;
};

/// Emits modules that have been lowered: the host programs and CPU kernels of each for its CPU, one after the other, and
/// GPU kernels, which only a module alone may have, for Hopper. The same modules give the same bytes. `file` is where they
/// came from, for errors.
Result<ArtifactContents> emitArtifact(llvm::ArrayRef<Version> versions, const std::string &file);

/// The manifest that the plan phase wrote, and what is known of the kernels only when they are lowered: the scratch memory
/// that the largest needs.
Result<std::string> finishManifest(mlir::ModuleOp module, const std::string &file);

/// What `--emit` prints of a lowered module.
enum class Listing { LLVM, Assembly, PTX };
Result<std::string> emitListing(mlir::ModuleOp module, const cpu::TargetInfo &host, Listing listing);

} // namespace braid

#endif // BRAID_PIPELINES_ARTIFACT_H
