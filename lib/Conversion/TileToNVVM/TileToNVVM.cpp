//===- TileToNVVM.cpp - Passes from kernel texts to Hopper ----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionSchedule.h"
#include "ContractionSchedule.h"
#include "ExpandExp2.h"
#include "GeneralSchedule.h"
#include "KernelLowering.h"
#include "SSDScanSchedule.h"
#include "VerifySchedule.h"
#include "braid/Conversion/TileToNVVM/Passes.h"
#include "braid/Conversion/TileToVector/Passes.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/NVVMToLLVM/NVVMToLLVM.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace braid::tile {
#define GEN_PASS_DEF_TILESCHEDULEHOPPERPASS
#define GEN_PASS_DEF_TILEVERIFYSCHEDULEPASS
#define GEN_PASS_DEF_CONVERTTILETONVVMPASS
#include "braid/Conversion/TileToNVVM/Passes.h.inc"

namespace {

/// A family's own schedule where its form and sizes fit.
bool scheduleByFamily(KernelOp kernel) {
  if (hopper::SSDScanSchedule(kernel).run() || hopper::ContractionSchedule(kernel).run())
    return true;
  auto attention = hopper::AttentionText::match(kernel);
  if (!attention || !hopper::AttentionSchedule::takes(kernel, *attention))
    return false;
  hopper::AttentionSchedule(kernel, *attention).run();
  return true;
}

struct TileScheduleHopper : impl::TileScheduleHopperPassBase<TileScheduleHopper> {
  using TileScheduleHopperPassBase::TileScheduleHopperPassBase;

  void runOnOperation() override {
    for (auto kernel : getOperation().getOps<KernelOp>()) {
      bool isDone = kernel->hasAttr("tile.schedule") || (!general && scheduleByFamily(kernel));
      if (!isDone && failed(hopper::GeneralSchedule(kernel).run()))
        return signalPassFailure();
    }
  }
};

struct TileVerifySchedule : impl::TileVerifySchedulePassBase<TileVerifySchedule> {
  void runOnOperation() override {
    for (auto kernel : getOperation().getOps<KernelOp>())
      if (kernel->hasAttr("tile.schedule") && failed(hopper::verifySchedule(kernel)))
        return signalPassFailure();
  }
};

/// Launches find a kernel inside the GPU module from now on.
void renameUses(ArrayRef<KernelOp> kernels, gpu::GPUModuleOp module) {
  llvm::DenseMap<StringAttr, SymbolRefAttr> names;
  for (KernelOp kernel : kernels)
    names[kernel.getSymNameAttr()] =
        SymbolRefAttr::get(module.getSymNameAttr(), FlatSymbolRefAttr::get(kernel.getSymNameAttr()));
  AttrTypeReplacer replacer;
  replacer.addReplacement([&](FlatSymbolRefAttr name) -> std::optional<std::pair<Attribute, WalkResult>> {
    auto found = names.find(name.getAttr());
    if (found == names.end())
      return std::nullopt;
    return std::pair<Attribute, WalkResult>(found->second, WalkResult::skip());
  });
  replacer.recursivelyReplaceElementsIn(module->getParentOp());
}

struct ConvertTileToNVVM : impl::ConvertTileToNVVMPassBase<ConvertTileToNVVM> {
  void runOnOperation() override {
    auto kernels = llvm::to_vector(getOperation().getOps<KernelOp>());
    if (kernels.empty())
      return;
    OpBuilder builder = OpBuilder::atBlockEnd(getOperation().getBody());
    auto module = gpu::GPUModuleOp::create(builder, getOperation().getLoc(), "kernels");
    hopper::addSharedMemory(module);
    renameUses(kernels, module);
    for (KernelOp kernel : kernels) {
      if (!kernel->hasAttr("tile.schedule")) {
        kernel.emitOpError("expects a schedule; run tile-schedule-hopper first");
        return signalPassFailure();
      }
      if (failed(hopper::KernelLowering(kernel, module).run()))
        return signalPassFailure();
      kernel.erase();
    }
    module.walk([](math::Exp2Op power) {
      if (power.getType().isF64())
        hopper::expandExp2(power);
    });
  }
};

} // namespace

void addTileToNVVMPasses(OpPassManager &pm) {
  pm.addPass(createCSEPass());
  pm.addPass(createTileScheduleHopperPass());
  pm.addPass(createTileVerifySchedulePass());
  pm.addPass(createConvertTileToNVVMPass());
  OpPassManager &module = pm.nest<gpu::GPUModuleOp>();
  module.addNestedPass<LLVM::LLVMFuncOp>(createHopperMathPass());
  module.addNestedPass<LLVM::LLVMFuncOp>(createExpandMathPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

void addNVVMToLLVMPasses(OpPassManager &pm) {
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addNestedPass<gpu::GPUModuleOp>(createConvertNVVMToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

} // namespace braid::tile
