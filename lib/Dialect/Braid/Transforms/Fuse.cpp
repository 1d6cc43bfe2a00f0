//===- Fuse.cpp - Regions that become one kernel each ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Dialect/Braid/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace braid {
#define GEN_PASS_DEF_BRAIDFUSEPASS
#include "braid/Dialect/Braid/Transforms/Passes.h.inc"

namespace {

/// Names a place or a view; costs nothing by itself.
bool staysOutside(Operation &op) {
  return isa<GetWeightOp, ColumnsOp>(op) || op.hasTrait<OpTrait::IsTerminator>();
}

/// Computes from the rows alone, so every reader may have its own.
bool isCloned(Operation &op) { return isa<PositionsOp>(op); }

/// Element-wise on one tile of its operands, so a contraction's epilogue can hold it.
bool isEpilogue(Operation *op) { return isa<ActivationOp, GateOp, AddOp, CastOp, ScaleRowsOp>(op); }

/// Whether the op applies to each element of `value` by itself. A factor of each row does not, whatever its shape.
bool isElementwiseOn(Operation *op, Value value) {
  auto scale = dyn_cast<ScaleRowsOp>(op);
  return isEpilogue(op) && !(scale && scale.getScale() == value);
}

/// The anchor and the chain of epilogue ops that alone read it and that no earlier group took, in order.
SmallVector<Operation *> groupOf(Operation &anchor, const DenseSet<Operation *> &taken) {
  SmallVector<Operation *> group{&anchor};
  if (!isa<ContractionOpInterface>(anchor))
    return group;
  while (group.back()->hasOneUse()) {
    Operation *user = *group.back()->getUsers().begin();
    if (!isElementwiseOn(user, group.back()->getResult(0)) || taken.contains(user) || user->getBlock() != anchor.getBlock())
      break;
    group.push_back(user);
  }
  return group;
}

/// Moves the group into a fused region at the place of its last op, where every operand is known.
void fuse(ArrayRef<Operation *> group) {
  Operation *last = group.back();
  OpBuilder builder(last);
  SmallVector<Operation *> ops;
  llvm::SetVector<Value> inputs;
  DenseSet<Value> inside;
  auto add = [&](Operation *op) {
    for (Value operand : op->getOperands())
      if (!inside.contains(operand))
        inputs.insert(operand);
    inside.insert(op->result_begin(), op->result_end());
    ops.push_back(op);
  };
  for (Operation *op : group) {
    for (Value operand : op->getOperands())
      if (Operation *producer = operand.getDefiningOp(); producer && isCloned(*producer) && !inside.contains(operand))
        add(producer);
    add(op);
  }

  auto fused = FusedOp::create(builder, last->getLoc(), last->getResultTypes(), inputs.getArrayRef(), Attribute());
  Block &block = fused.getBody().emplaceBlock();
  IRMapping mapping;
  for (Value input : inputs)
    mapping.map(input, block.addArgument(input.getType(), input.getLoc()));
  OpBuilder inner = OpBuilder::atBlockEnd(&block);
  for (Operation *op : ops)
    inner.clone(*op, mapping);
  SmallVector<Value> results =
      llvm::map_to_vector(last->getResults(), [&](Value value) { return mapping.lookup(value); });
  YieldOp::create(inner, last->getLoc(), results);
  last->replaceAllUsesWith(fused.getResults());
  for (Operation *op : llvm::reverse(group))
    op->erase();
}

struct Fuse : impl::BraidFusePassBase<Fuse> {
  void runOnOperation() override {
    Block &block = getOperation().getBody().front();
    SmallVector<SmallVector<Operation *>> groups;
    DenseSet<Operation *> taken;
    for (Operation &op : block) {
      if (staysOutside(op) || isCloned(op) || taken.contains(&op))
        continue;
      groups.push_back(groupOf(op, taken));
      taken.insert(groups.back().begin(), groups.back().end());
    }
    for (ArrayRef<Operation *> group : groups)
      fuse(group);
    for (Operation &op : llvm::make_early_inc_range(block))
      if (isCloned(op) && op.use_empty())
        op.erase();
  }
};

} // namespace
} // namespace braid
