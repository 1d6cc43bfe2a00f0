//===- Phases.h - The phases of the CPU pipeline ---------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_PIPELINES_PHASES_H
#define BRAID_PIPELINES_PHASES_H

#include "braid/Target/CPU/TargetInfo.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <optional>

namespace mlir {
class OpPassManager;
}

namespace braid {

/// Module attribute: the last phase that the module has been through, so that a dump knows where to go on.
constexpr llvm::StringLiteral kPhaseAttr = "braid.phase";

/// In the order in which a module goes through them. `import` makes the module; `emit` makes the artifact.
enum class Phase { Import, Specialize, Fuse, Schedule, Tile, Plan, Lower, Emit };

struct PhaseInfo {
  Phase phase;
  llvm::StringLiteral name;
  llvm::StringLiteral help;
};
llvm::ArrayRef<PhaseInfo> allPhases();
llvm::StringRef nameOf(Phase phase);
std::optional<Phase> phaseNamed(llvm::StringRef name);

/// The passes of one phase between import and emit, for a CPU.
void addCPUPhase(mlir::OpPassManager &pm, Phase phase, const cpu::TargetInfo &target);

/// The same for Hopper.
void addNVPTXPhase(mlir::OpPassManager &pm, Phase phase);

} // namespace braid

#endif // BRAID_PIPELINES_PHASES_H
