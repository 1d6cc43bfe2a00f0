//===- Phases.cpp - The phases of the CPU pipeline -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Pipelines/Phases.h"
#include "braid/Conversion/BraidToTile/Passes.h"
#include "braid/Conversion/HostToLLVM/Passes.h"
#include "braid/Conversion/TileToNVVM/Passes.h"
#include "braid/Conversion/TileToVector/Passes.h"
#include "braid/Dialect/Braid/Transforms/Passes.h"
#include "braid/Dialect/Host/Transforms/Passes.h"
#include "braid/Target/NVPTX/Emit.h"
#include "braid/Target/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace braid {

ArrayRef<PhaseInfo> allPhases() {
  static const PhaseInfo phases[] = {
      {Phase::Import, "import", "the model as one forward on tensors"},
      {Phase::Specialize, "specialize", "entry points prefill, decode and score"},
      {Phase::Fuse, "fuse", "regions that become one kernel each"},
      {Phase::Schedule, "schedule", "the config of each kernel"},
      {Phase::Tile, "tile", "kernels as texts on tiles, entry points as host programs"},
      {Phase::Plan, "plan", "buffers placed in the arena, the manifest written"},
      {Phase::Lower, "lower", "the LLVM dialect"},
      {Phase::Emit, "emit", "the artifact"}};
  return phases;
}

StringRef nameOf(Phase phase) { return allPhases()[size_t(phase)].name; }

std::optional<Phase> phaseNamed(StringRef name) {
  for (const PhaseInfo &info : allPhases())
    if (info.name == name)
      return info.phase;
  return std::nullopt;
}

/// What does not depend on the target.
static void addSharedPhase(OpPassManager &pm, Phase phase) {
  switch (phase) {
  case Phase::Specialize:
    pm.addPass(createBraidSpecializePass());
    pm.addNestedPass<func::FuncOp>(createBraidNarrowToLastTokenPass());
    return;
  case Phase::Fuse:
    pm.addNestedPass<func::FuncOp>(createBraidFusePass());
    return;
  case Phase::Tile:
    pm.addPass(createConvertBraidToTilePass());
    // Each launch asks for the call's arrays and sizes anew.
    pm.addPass(createCSEPass());
    return;
  case Phase::Plan:
    pm.addNestedPass<host::ProgramOp>(host::createHostPlanMemoryPass());
    pm.addPass(createWriteManifestPass());
    return;
  default:
    return;
  }
}

void addCPUPhase(OpPassManager &pm, Phase phase, const cpu::TargetInfo &target) {
  if (phase == Phase::Schedule) {
    BraidSchedulePassOptions options;
    options.vectorBits = target.forKernels().vectorBits;
    options.bf16Dot = target.forKernels().hasAVX512BF16;
    pm.addNestedPass<func::FuncOp>(createBraidSchedulePass(options));
  } else if (phase == Phase::Lower) {
    tile::addTileToVectorPasses(pm, target.forKernels());
    // After the kernels: a program takes their addresses.
    pm.addPass(createConvertHostToLLVMPass());
    tile::addVectorToLLVMPasses(pm, target.forKernels());
  } else {
    addSharedPhase(pm, phase);
  }
}

void addNVPTXPhase(OpPassManager &pm, Phase phase) {
  if (phase == Phase::Schedule) {
    BraidSchedulePassOptions options;
    options.target = nvptx::arch.str();
    pm.addNestedPass<func::FuncOp>(createBraidSchedulePass(options));
  } else if (phase == Phase::Lower) {
    tile::addTileToNVVMPasses(pm);
    // After the kernels: a program takes their numbers.
    pm.addPass(createConvertHostToLLVMPass());
    tile::addNVVMToLLVMPasses(pm);
  } else {
    addSharedPhase(pm, phase);
  }
}

} // namespace braid
