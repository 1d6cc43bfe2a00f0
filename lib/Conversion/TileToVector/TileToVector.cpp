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
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace braid::tile {
#define GEN_PASS_DEF_TILESCHEDULECPUPASS
#define GEN_PASS_DEF_CONVERTTILETOVECTORPASS
#define GEN_PASS_DEF_EXPANDMATHPASS
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
      TileLowering(kernel).run();
      kernel.erase();
    }
  }
};

/// f32 to bf16, nearest even, on the bits alone: without AVX512-BF16 the x86 back end turns a select of bf16 vectors into
/// calls of a library that is not there, so NaN is chosen before the bits become bf16.
struct TruncateToBF16 : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op, PatternRewriter &rewriter) const override {
    Type from = op.getIn().getType(), to = op.getType();
    if (!getElementTypeOrSelf(from).isF32() || !getElementTypeOrSelf(to).isBF16())
      return failure();
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    auto like = [&](Type element) -> Type {
      auto vector = dyn_cast<VectorType>(from);
      return vector ? Type(vector.clone(element)) : element;
    };
    Type i32 = like(b.getI32Type()), i16 = like(b.getI16Type());
    auto constant = [&](Type type, uint64_t value) -> Value {
      auto element = b.getIntegerAttr(getElementTypeOrSelf(type), int64_t(value));
      auto shaped = dyn_cast<ShapedType>(type);
      return arith::ConstantOp::create(b, shaped ? TypedAttr(DenseElementsAttr::get(shaped, Attribute(element)))
                                                 : TypedAttr(element));
    };
    Value bits = arith::BitcastOp::create(b, i32, op.getIn());
    Value upper = arith::ShRUIOp::create(b, bits, constant(i32, 16));
    Value odd = arith::AndIOp::create(b, upper, constant(i32, 1));
    Value bias = arith::AddIOp::create(b, odd, constant(i32, 0x7fff));
    Value rounded = arith::ShRUIOp::create(b, arith::AddIOp::create(b, bits, bias), constant(i32, 16));
    Value isNaN = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, op.getIn(), op.getIn());
    Value chosen = arith::SelectOp::create(b, isNaN, constant(i32, 0x7fc0), rounded);
    rewriter.replaceOpWithNewOp<arith::BitcastOp>(op, to, arith::TruncIOp::create(b, i16, chosen));
    return success();
  }
};

struct ExpandMath : impl::ExpandMathPassBase<ExpandMath> {
  using ExpandMathPassBase::ExpandMathPassBase;

  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet list(context);
    populateMathPolynomialApproximationPatterns(list);
    if (!bf16Convert) {
      arith::populateExpandBFloat16Patterns(list);
      list.add<TruncateToBF16>(context, /*benefit=*/2);
    }
    patterns = std::move(list);
    return success();
  }

  void runOnOperation() override {
    // These operations alone, and what they become: a look at every operation of every kernel takes far longer.
    SmallVector<Operation *> found;
    getOperation()->walk([&](Operation *op) {
      if (isa<math::MathDialect>(op->getDialect()) || isa<arith::TruncFOp, arith::ExtFOp>(op))
        found.push_back(op);
    });
    GreedyRewriteConfig config;
    config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
    if (failed(applyOpPatternsGreedily(found, patterns, config)))
      signalPassFailure();
  }

private:
  FrozenRewritePatternSet patterns;
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
  math.bf16Convert = target.hasAVX512BF16;
  pm.addNestedPass<LLVM::LLVMFuncOp>(createExpandMathPass(math));
}

void addVectorToLLVMPasses(OpPassManager &pm) {
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
}

} // namespace braid::tile
