//===- BraidToTile.cpp - Entry functions as host programs ------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "braid/Conversion/BraidToTile/Passes.h"
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
  return lowerAttention(anchor, builder);
}

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
      .Case([&](RopeOp op) { return lowerRopeOfRows(op, builder); })
      .Case<ActivationOp, GateOp, AddOp, CastOp, ScaleRowsOp>(
          [&](Operation *op) { return lowerElementwise(op, builder), success(); })
      .Case([&](CausalConv1dOp op) { return lowerCausalConv1d(op, builder), success(); })
      .Case([&](SelectiveScanOp op) { return lowerSelectiveScan(op, builder), success(); })
      .Case([&](SSDScanOp op) { return lowerSSDScan(op, builder); })
      .Case([&](AttentionOp op) { return lowerPagedAttention(op, builder); })
      .Default([](Operation *other) { return other->emitOpError() << "has no kernel family"; });
}

/// Writes one entry function as a host program.
class EntryLowering {
public:
  EntryLowering(func::FuncOp entry, KernelPool &kernels) : entry(entry), kernels(kernels), builder(entry) {}

  LogicalResult run() {
    auto rows = llvm::find_if(entry.getArgumentTypes(), [](Type type) { return isa<RowsType>(type); });
    bool ragged = rows != entry.getArgumentTypes().end();
    bool step = ragged && cast<RowsType>(*rows).getForm() == Form::Step;
    auto program = host::ProgramOp::create(builder, entry.getLoc(), entry.getSymName(), logitsAxis(step), ragged, step,
                                           DenseI64ArrayAttr());
    builder.setInsertionPointToStart(&program.getBody().emplaceBlock());
    nameArguments();
    if (failed(checkFused()) || failed(nameResults()))
      return failure();
    for (Operation &op : entry.getBody().front().without_terminator())
      if (failed(lower(op, program)))
        return failure();
    entry.erase();
    return success();
  }

private:
  /// The axis of a model's logits; none for other functions.
  host::AxisAttr logitsAxis(bool step) {
    for (auto [index, type] : llvm::enumerate(entry.getResultTypes()))
      if (entry.getResultAttr(index, kLogitsAttr))
        return host::AxisAttr::get(entry.getContext(), step || isPerRow(type) ? host::Axis::Rows : host::Axis::Tokens);
    return {};
  }

  void nameArguments() {
    int64_t number = 0;
    for (BlockArgument argument : entry.getArguments()) {
      if (isa<RowsType>(argument.getType()))
        continue;
      tile::ViewType type = viewOf(argument.getType());
      if (entry.getArgAttr(argument.getArgNumber(), kTokensAttr)) {
        views[argument] = host::ArrayOp::create(builder, entry.getLoc(), type, host::Array::Tokens);
        continue;
      }
      // The caller sees the tensor's shape, kernels the view's.
      auto tensor = cast<RankedTensorType>(argument.getType());
      auto whole = tile::ViewType::get(tensor.getShape(), tensor.getElementType());
      Value view = host::ArgumentOp::create(builder, entry.getLoc(), whole, number++, axisOf(tensor));
      views[argument] = whole == type ? view : host::ViewOp::create(builder, entry.getLoc(), type, view, 0).getResult();
    }
  }

  LogicalResult checkFused() {
    for (Operation &op : entry.getBody().front().without_terminator())
      if (!isa<FusedOp, GetWeightOp, ColumnsOp>(op))
        return op.emitOpError() << "is outside a fused region; run braid-fuse first";
    return success();
  }

  LogicalResult nameResults() {
    auto ret = cast<func::ReturnOp>(entry.getBody().front().getTerminator());
    int64_t number = 0;
    for (OpOperand &operand : ret->getOpOperands()) {
      Value value = operand.get();
      // What is returned is written where it goes: by one region, to one place.
      if (!value.getDefiningOp<FusedOp>() || views.contains(value))
        return ret.emitOpError() << "expects result " << operand.getOperandNumber()
                                 << " to be computed by an op of the function and returned once";
      tile::ViewType type = viewOf(value.getType());
      if (entry.getResultAttr(operand.getOperandNumber(), kLogitsAttr))
        views[value] = host::ArrayOp::create(builder, entry.getLoc(), type, host::Array::Logits);
      else
        views[value] = host::ResultOp::create(builder, entry.getLoc(), type, number++, axisOf(value.getType()));
    }
    return success();
  }

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
        .Default([](Operation *) -> LogicalResult { llvm_unreachable("checkFused lets nothing else through"); });
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
