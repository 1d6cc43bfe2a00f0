//===- Versions.h - The code of a module, for each of its CPUs -------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_PIPELINES_VERSIONS_H
#define BRAID_PIPELINES_VERSIONS_H

#include "braid/Formats/Status.h"
#include "braid/Pipelines/Phases.h"
#include "braid/Target/CPU/TargetInfo.h"
#include "mlir/IR/BuiltinOps.h"
#include <string>
#include <vector>

namespace braid {

/// What is compiled for one CPU.
struct Version {
  mlir::ModuleOp module;
  cpu::TargetInfo target;
};

/// What `phase` works on: the module, or its part for each CPU where braid.options lists several and the parts have been
/// made (braid-split-by-cpu, in phase schedule). Before that the target is the first of the list. `file` is where the
/// module came from, for errors.
Result<std::vector<Version>> versionsOf(mlir::ModuleOp module, Phase phase, const std::string &file);

} // namespace braid

#endif // BRAID_PIPELINES_VERSIONS_H
