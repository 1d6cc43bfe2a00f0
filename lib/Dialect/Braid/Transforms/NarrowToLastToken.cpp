//===- NarrowToLastToken.cpp - Last tokens only, where nothing else is read ----===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Dialect/Braid/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace braid {
#define GEN_PASS_DEF_BRAIDNARROWTOLASTTOKENPASS
#include "braid/Dialect/Braid/Transforms/Passes.h.inc"

namespace {

/// Whether the operand has a token axis.
bool isByToken(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.getRank() > 0 && type.isDynamicDim(0) && !isPerRow(type);
}

/// A function returns what an op of its own computes, each value once.
bool isReturned(LastTokenOp last) {
  return llvm::any_of(last->getUsers(), [](Operation *user) { return user->hasTrait<OpTrait::IsTerminator>(); });
}

/// The rows of the last_token ops that are the only readers of `op`, or null.
Value rowsOfLastTokenReaders(Operation &op) {
  if (!op.hasTrait<Tokenwise>() || op.use_empty())
    return {};
  Value rows;
  int returned = 0;
  for (Operation *user : op.getUsers()) {
    auto last = dyn_cast<LastTokenOp>(user);
    if (!last || (rows && rows != last.getRows()))
      return {};
    rows = last.getRows();
    returned += isReturned(last);
  }
  if (returned > (isa<ColumnsOp>(op) ? 0 : 1))
    return {};
  // `last_token` is defined on activations: an op that reads token ids or positions stays as it is.
  bool narrow = llvm::all_of(op.getOperands(), [](Value value) {
    return !isByToken(value) || isa<FloatType>(getElementTypeOrSelf(value));
  });
  return narrow ? rows : Value();
}

/// Rebuilds `op` on the last tokens of its operands and gives the result to the readers.
void narrow(Operation &op, Value rows) {
  OpBuilder builder(&op);
  Operation *narrowed = builder.clone(op);
  Type resultType = (*op.getUsers().begin())->getResult(0).getType();
  builder.setInsertionPoint(narrowed);
  for (OpOperand &operand : narrowed->getOpOperands()) {
    if (!isByToken(operand.get()))
      continue;
    auto type = cast<RankedTensorType>(operand.get().getType());
    auto perRow = RankedTensorType::get(type.getShape(), type.getElementType(), PerRowAttr::get(op.getContext()));
    operand.set(LastTokenOp::create(builder, op.getLoc(), perRow, operand.get(), rows));
  }
  narrowed->getResult(0).setType(resultType);
  for (Operation *user : llvm::make_early_inc_range(op.getUsers())) {
    user->getResult(0).replaceAllUsesWith(narrowed->getResult(0));
    user->erase();
  }
  op.erase();
}

/// One `last_token` for each value.
void mergeLastTokens(Block &block) {
  DenseMap<Value, LastTokenOp> first;
  for (auto last : llvm::make_early_inc_range(block.getOps<LastTokenOp>())) {
    auto [it, isNew] = first.try_emplace(last.getX(), last);
    if (isNew || (isReturned(last) && isReturned(it->second)))
      continue;
    last.getResult().replaceAllUsesWith(it->second.getResult());
    last.erase();
  }
}

struct NarrowToLastToken : impl::BraidNarrowToLastTokenPassBase<NarrowToLastToken> {
  void runOnOperation() override {
    // Readers come after what they read, so one walk from the end sees every op after all its readers.
    Block &block = getOperation().getBody().front();
    for (Operation *op = &block.back(); op;) {
      Operation *previous = op->getPrevNode();
      if (Value rows = rowsOfLastTokenReaders(*op)) {
        narrow(*op, rows);
        // The new last_token ops stand where the op stood: they do not fit the pattern themselves.
      }
      op = previous;
    }
    mergeLastTokens(block);
  }
};

} // namespace
} // namespace braid
