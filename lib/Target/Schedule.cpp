//===- Schedule.cpp - The config of each kernel --------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Dialect/Braid/IR/PrimitiveBuilder.h"
#include "braid/Target/CPU/KernelConfig.h"
#include "braid/Target/NVPTX/Emit.h"
#include "braid/Target/NVPTX/KernelConfig.h"
#include "braid/Target/Passes.h"

using namespace mlir;

namespace braid {
#define GEN_PASS_DEF_BRAIDSCHEDULEPASS
#include "braid/Target/Passes.h.inc"

namespace {

/// `step`: the call holds one token for each row.
ContractionShape shapeOf(ContractionOpInterface op, bool step) {
  auto known = [](int64_t size) { return ShapedType::isDynamic(size) ? ContractionShape::dynamic : size; };
  ContractionShape shape;
  shape.rows = known(op.getProductRows());
  shape.columns = known(op.getProductColumns());
  shape.depth = known(op.getProductDepth());
  shape.fewRows = shape.rows == ContractionShape::dynamic && (step || isPerRow(op.getLeft().getType()));
  shape.element = factorType({op.getLeft(), op.getRight()});
  for (Value operand : {op.getLeft(), op.getRight()}) {
    int64_t width = cast<RankedTensorType>(operand.getType()).getShape().back();
    int64_t bits = ShapedType::isDynamic(width) ? 0 : width * shape.element.getIntOrFloatBitWidth();
    shape.straddlesLines |= bits % 128 == 0 && bits % 1024 != 0;
  }
  return shape;
}

struct Schedule : impl::BraidSchedulePassBase<Schedule> {
  using BraidSchedulePassBase::BraidSchedulePassBase;

  void runOnOperation() override {
    if (target == nvptx::arch && getOperation()->getParentOfType<ModuleOp>()->hasAttr(kModelAttr)) {
      getOperation().emitError("expects a module of functions for ") << target << ", found an entry point of a model";
      return signalPassFailure();
    }
    bool step = llvm::any_of(getOperation().getArgumentTypes(), [](Type type) {
      auto rows = dyn_cast<RowsType>(type);
      return rows && rows.getForm() == Form::Step;
    });
    WalkResult result = getOperation().walk([&](FusedOp fused) {
      return failed(configure(fused, step)) ? WalkResult::interrupt() : WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

  LogicalResult configure(FusedOp fused, bool step) {
    if (auto attention = dyn_cast_or_null<AttentionOp>(fused.getAnchor()))
      return configure(fused, attention);
    auto anchor = dyn_cast_or_null<ContractionOpInterface>(fused.getAnchor());
    bool hopper = target == nvptx::arch;
    if (auto scan = dyn_cast_or_null<SSDScanOp>(fused.getAnchor()); scan && !step && !fused.getConfigAttr())
      fused.setConfigAttr(configOf(scan));
    if (!anchor || fused.getConfigAttr())
      return success();
    ContractionShape shape = shapeOf(anchor, step);
    ContractionConfig config = asAsked(hopper ? nvptx::KernelConfig().contraction(shape)
                                              : cpu::KernelConfig({vectorBits, bf16Dot}).contraction(shape));
    auto attribute = tile::ContractionConfigAttr::getChecked(
        [&] { return fused.emitOpError(); }, &getContext(), config.rows, config.columns, config.depth, config.regime,
        config.stages, config.groups, config.raster, config.cluster);
    if (!attribute)
      return failure();
    fused.setConfigAttr(attribute);
    return success();
  }

  LogicalResult configure(FusedOp fused, AttentionOp anchor) {
    if (fused.getConfigAttr())
      return success();
    AttentionShape shape{int64_t(anchor.getHeadDim()), factorType({anchor.getQ(), anchor.getK(), anchor.getV()})};
    AttentionConfig config = target == nvptx::arch ? nvptx::KernelConfig().attention(shape)
                                                   : cpu::KernelConfig({vectorBits, bf16Dot}).attention(shape);
    if (queries)
      config.queries = queries;
    if (keys)
      config.keys = keys;
    auto attribute = tile::AttentionConfigAttr::getChecked([&] { return fused.emitOpError(); }, &getContext(),
                                                           config.queries, config.keys, config.stages, config.groups,
                                                           config.raster);
    if (!attribute)
      return failure();
    fused.setConfigAttr(attribute);
    return success();
  }

  Attribute configOf(SSDScanOp scan) {
    SSDScanShape shape{int64_t(scan.getHeads()),     int64_t(scan.getHeadDim()), int64_t(scan.getGroups()),
                       int64_t(scan.getStateSize()), int64_t(scan.getChunk()),
                       factorType({scan.getX(), scan.getB(), scan.getC()}), Type(), bool(scan.getChunkStates())};
    if (FlatSymbolRefAttr state = scan.getStateAttr())
      shape.state = SymbolTable::lookupNearestSymbolFrom<StateOp>(scan, state).getTensorType().getElementType();
    SSDScanConfig config = target == nvptx::arch ? nvptx::KernelConfig().ssdScan(shape)
                                                 : cpu::KernelConfig({vectorBits, bf16Dot}).ssdScan(shape);
    return tile::SSDScanConfigAttr::get(&getContext(), config.chunk, config.block, config.segments, config.stages,
                                        config.heads);
  }

  ContractionConfig asAsked(ContractionConfig config) const {
    if (rows)
      config.rows = rows;
    if (columns)
      config.columns = columns;
    if (depth)
      config.depth = depth;
    return config;
  }
};

} // namespace
} // namespace braid
