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

/// The kernel turns by the positions of the call's own rows.
LogicalResult lowerRopeOfRows(RopeOp anchor, LaunchBuilder &builder) {
  if (!anchor.getPositions().getDefiningOp<PositionsOp>())
    return anchor.emitOpError() << "expects the positions of braid.positions to lower it, found others";
  lowerRope(anchor, builder);
  return success();
}

/// The kernel reads a segment's own keys and values from their pages, too.
LogicalResult lowerPagedAttention(AttentionOp anchor, LaunchBuilder &builder) {
  if (!anchor.getKeyStateAttr())
    return anchor.emitOpError() << "expects key and value states to lower it, found none";
  lowerAttention(anchor, builder);
  return success();
}

/// Lowers the fused op by its anchor's family: the anchor is the first op that computes from tokens.
LogicalResult lowerFused(FusedOp fused, LaunchBuilder &builder) {
  for (Operation &op : fused.getBody().front()) {
    if (isa<PositionsOp>(op))
      continue;
    return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
        .Case([&](EmbeddingOp anchor) { return lowerEmbedding(anchor, builder), success(); })
        .Case([&](LastTokenOp anchor) { return lowerLastToken(anchor, builder), success(); })
        .Case([&](LinearOp anchor) { return lowerLinear(anchor, builder), success(); })
        .Case([&](RMSNormOp anchor) { return lowerRMSNorm(anchor, builder), success(); })
        .Case([&](LayerNormOp anchor) { return lowerLayerNorm(anchor, builder), success(); })
        .Case([&](GatedRMSNormOp anchor) { return lowerGatedRMSNorm(anchor, builder), success(); })
        .Case([&](RopeOp anchor) { return lowerRopeOfRows(anchor, builder); })
        .Case<ActivationOp, GateOp, AddOp, CastOp>(
            [&](Operation *anchor) { return lowerElementwise(anchor, builder), success(); })
        .Case([&](CausalConv1dOp anchor) { return lowerCausalConv1d(anchor, builder), success(); })
        .Case([&](SSDScanOp anchor) { return lowerSSDScan(anchor, builder), success(); })
        .Case([&](AttentionOp anchor) { return lowerPagedAttention(anchor, builder); })
        .Default([](Operation *other) { return other->emitOpError() << "has no kernel family"; });
  }
  return fused.emitOpError() << "has no anchor";
}

/// Writes one entry function as a host program.
class EntryLowering {
public:
  EntryLowering(func::FuncOp entry, KernelPool &kernels) : entry(entry), kernels(kernels), builder(entry) {}

  LogicalResult run() {
    bool step = cast<RowsType>(entry.getArgument(1).getType()).getForm() == Form::Step;
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
