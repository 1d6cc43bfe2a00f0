//===- Schedule.cpp - The config of each kernel --------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Target/CPU/KernelConfig.h"
#include "braid/Target/NVPTX/Emit.h"
#include "braid/Target/NVPTX/KernelConfig.h"
#include "braid/Target/Passes.h"

using namespace mlir;

namespace braid {
#define GEN_PASS_DEF_BRAIDSCHEDULEPASS
#include "braid/Target/Passes.h.inc"

namespace {

int64_t sizeOf(Value tensor, unsigned dimension) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return type.isDynamicDim(dimension) ? ContractionShape::dynamic : type.getDimSize(dimension);
}

/// The shape of the contraction that this op is, if it is one. `step`: the call holds one token for each row.
std::optional<ContractionShape> contractionOf(Operation *op, bool step) {
  auto linear = dyn_cast_or_null<LinearOp>(op);
  if (!linear)
    return {};
  ContractionShape shape;
  shape.rows = sizeOf(linear.getX(), 0);
  shape.columns = sizeOf(linear.getWeight(), 0);
  shape.depth = sizeOf(linear.getX(), 1);
  shape.fewRows = step || isPerRow(linear.getResult().getType());
  shape.element = linear.getX().getType().getElementType();
  return shape;
}

struct Schedule : impl::BraidSchedulePassBase<Schedule> {
  using BraidSchedulePassBase::BraidSchedulePassBase;

  void runOnOperation() override {
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
    std::optional<ContractionShape> shape = contractionOf(fused.getAnchor(), step);
    bool hopper = target == nvptx::arch;
    if (hopper && !shape)
      return (fused.getAnchor() ? fused.getAnchor() : fused)->emitOpError("has no kernel for ") << target;
    if (!shape || fused.getConfigAttr())
      return success();
    ContractionConfig config = asAsked(hopper ? nvptx::KernelConfig().contraction(*shape)
                                              : cpu::KernelConfig({vectorBits, bf16Dot}).contraction(*shape));
    auto attribute = tile::ContractionConfigAttr::getChecked(
        [&] { return fused.emitOpError(); }, &getContext(), config.rows, config.columns, config.depth, config.regime,
        config.stages, config.groups, config.raster);
    if (!attribute)
      return failure();
    fused.setConfigAttr(attribute);
    return success();
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
