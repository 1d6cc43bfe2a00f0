//===- TileToVector.cpp - Passes from kernel texts to vectors --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StoragePlan.h"
#include "TileLowering.h"
#include "braid/Conversion/TileToVector/Passes.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVMPass.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MathToLibm/MathToLibm.h"
#include "mlir/Conversion/ReconcileUnrealizedCasts/ReconcileUnrealizedCasts.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVMPass.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace braid::tile {
#define GEN_PASS_DEF_TILESCHEDULECPUPASS
#define GEN_PASS_DEF_CONVERTTILETOVECTORPASS
#include "braid/Conversion/TileToVector/Passes.h.inc"

namespace {

struct TileScheduleCPU : impl::TileScheduleCPUPassBase<TileScheduleCPU> {
  using TileScheduleCPUPassBase::TileScheduleCPUPassBase;

  void runOnOperation() override {
    for (auto kernel : getOperation().getOps<KernelOp>())
      StoragePlan(kernel, {vectorBits, bf16Dot}).run();
  }
};

struct ConvertTileToVector : impl::ConvertTileToVectorPassBase<ConvertTileToVector> {
  void runOnOperation() override {
    for (auto kernel : llvm::make_early_inc_range(getOperation().getOps<KernelOp>())) {
      if (!kernel->hasAttr("tile.cpu")) {
        kernel.emitOpError() << "expects a schedule; run tile-schedule-cpu first";
        return signalPassFailure();
      }
      KernelContext context(kernel);
      TileLowering(kernel, context).run();
      kernel.erase();
    }
  }
};

} // namespace

void addTileToVectorPasses(OpPassManager &pm, const CPUTargetInfo &target) {
  pm.addPass(createCSEPass());
  TileScheduleCPUPassOptions schedule;
  schedule.vectorBits = target.vectorBits;
  schedule.bf16Dot = target.hasAVX512BF16;
  pm.addPass(createTileScheduleCPUPass(schedule));
  pm.addPass(createConvertTileToVectorPass());
  // Each kernel by itself, so that they are worked on side by side. LLVM simplifies the rest.
  pm.addNestedPass<LLVM::LLVMFuncOp>(createCSEPass());
  ExpandMathPassOptions math;
  math.vectorBits = target.vectorBits;
  math.bf16Convert = target.hasAVX512BF16;
  pm.addNestedPass<LLVM::LLVMFuncOp>(createExpandMathPass(math));
}

void addVectorToLLVMPasses(OpPassManager &pm, const CPUTargetInfo &target) {
  pm.addPass(createSCFToControlFlowPass());
  // What has an LLVM intrinsic first; the rest are calls to libm, which take vectors apart.
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  ConvertVectorToLLVMPassOptions vectors;
  vectors.x86Vector = true;
  pm.addPass(createConvertVectorToLLVMPass(vectors));
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  if (!target.hasAVX512BF16)
    pm.addNestedPass<LLVM::LLVMFuncOp>(createBF16AsBitsPass());
}

} // namespace braid::tile
