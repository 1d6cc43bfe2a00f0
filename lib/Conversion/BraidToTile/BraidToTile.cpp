//===- BraidToTile.cpp - Entry functions as host programs ------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Conversion/BraidToTile/Passes.h"
#include "Families.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace braid {
#define GEN_PASS_DEF_CONVERTBRAIDTOTILEPASS
#include "braid/Conversion/BraidToTile/Passes.h.inc"

namespace {

/// Lowers the fused op by its anchor's family.
LogicalResult lowerFused(FusedOp fused, LaunchBuilder &builder) {
  Operation *anchor = fused.getAnchor();
  if (!anchor)
    return fused.emitOpError() << "has no anchor";
  return llvm::TypeSwitch<Operation *, LogicalResult>(anchor)
      .Case([&](EmbeddingOp op) { return lowerEmbedding(op, builder), success(); })
      .Case([&](LastTokenOp op) { return lowerLastToken(op, builder), success(); })
      .Case([&](ContractionOpInterface op) { return lowerContraction(op, builder); })
      .Case([&](RMSNormOp op) { return lowerRMSNorm(op, builder), success(); })
      .Case([&](LayerNormOp op) { return lowerLayerNorm(op, builder), success(); })
      .Case([&](GatedRMSNormOp op) { return lowerGatedRMSNorm(op, builder), success(); })
      .Case([&](RopeOp op) { return lowerRope(op, builder), success(); })
      .Case<ActivationOp, GateOp, AddOp, CastOp, ScaleRowsOp>(
          [&](Operation *op) { return lowerElementwise(op, builder), success(); })
      .Case([&](CausalConv1dOp op) { return lowerCausalConv1d(op, builder), success(); })
      .Case([&](SSDScanOp op) { return lowerSSDScan(op, builder), success(); })
      .Case([&](AttentionOp op) { return lowerAttention(op, builder), success(); })
      .Default([](Operation *other) { return other->emitOpError() << "has no kernel family"; });
}

/// Writes one entry function as a host program.
class EntryLowering {
public:
  EntryLowering(func::FuncOp entry, KernelPool &kernels) : entry(entry), kernels(kernels), builder(entry) {}

  LogicalResult run() {
    auto tokens = entry.getNumArguments() == 2 ? dyn_cast<RankedTensorType>(entry.getArgument(0).getType()) : nullptr;
    auto rows = entry.getNumArguments() == 2 ? dyn_cast<RowsType>(entry.getArgument(1).getType()) : nullptr;
    if (!tokens || tokens.getRank() != 1 || !rows || entry.getNumResults() != 1)
      return entry.emitOpError() << "expects arguments tokens and !braid.rows and one result, found "
                                 << entry.getFunctionType();
    bool step = rows.getForm() == Form::Step;
    Type logits = entry.getFunctionType().getResult(0);
    host::Axis axis = step || isPerRow(logits) ? host::Axis::Rows : host::Axis::Tokens;
    auto program = host::ProgramOp::create(builder, entry.getLoc(), entry.getSymName(), axis, step, DenseI64ArrayAttr());
    builder.setInsertionPointToStart(&program.getBody().emplaceBlock());
    views[entry.getArgument(0)] = host::ArrayOp::create(builder, entry.getLoc(), viewOf(entry.getArgument(0).getType()),
                                                        host::Array::Tokens);
    for (Operation &op : entry.getBody().front().without_terminator())
      if (failed(lower(op, program)))
        return failure();
    entry.erase();
    return success();
  }

private:
  LogicalResult lower(Operation &op, host::ProgramOp program) {
    return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
        .Case([&](GetWeightOp weight) {
          views[weight] =
              host::WeightOp::create(builder, op.getLoc(), viewOf(weight.getType()), weight.getNameAttr().getAttr());
          return success();
        })
        .Case([&](ColumnsOp columns) {
          auto wide = cast<tile::ViewType>(views.lookup(columns.getX()).getType());
          auto type = tile::ViewType::get(columns.getType().getShape(), wide.getElementType(), wide.getStrides());
          views[columns] =
              host::ViewOp::create(builder, op.getLoc(), type, views.lookup(columns.getX()), columns.getOffset());
          return success();
        })
        .Case([&](FusedOp fused) {
          LaunchBuilder launches(builder, kernels, program, views, fused);
          return lowerFused(fused, launches);
        })
        .Default([](Operation *other) {
          return other->emitOpError() << "is outside a fused region; run braid-fuse first";
        });
  }

  func::FuncOp entry;
  KernelPool &kernels;
  OpBuilder builder;
  ViewMap views;
};

struct ConvertBraidToTile : impl::ConvertBraidToTilePassBase<ConvertBraidToTile> {
  void runOnOperation() override {
    KernelPool kernels(getOperation());
    for (auto entry : llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (failed(EntryLowering(entry, kernels).run()))
        return signalPassFailure();
  }
};

} // namespace
} // namespace braid
