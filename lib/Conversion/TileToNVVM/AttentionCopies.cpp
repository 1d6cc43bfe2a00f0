//===- AttentionCopies.cpp - What attention loads and stores --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionSchedule.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

Value AttentionSchedule::start(Value ring, int64_t phase) {
  return ScheduleBuilder::start(cast<RingType>(ring.getType()).getStages(), phase);
}

SmallVector<Value> AttentionSchedule::indicesOf(OperandRange indices, IRMapping &scalars) {
  return llvm::map_to_vector(indices, [&](Value value) { return scalar(value, scalars); });
}

/// Announces and starts the copy of a stage.
void AttentionSchedule::copy(Value view, ValueRange indices, Value ring, Value stage, Value barrier, Value signal) {
  ExpectOp::create(b, barrier, signal, cast<RingType>(ring.getType()).getStageBytes());
  CopyInOp::create(b, view, indices, slot(ring, stage), barrier, signal);
}

/// The steps of an item from the last one on, where the text's positions are mapped.
ResultRange AttentionSchedule::forSteps(Item &item, ValueRange inits, StepBody body) {
  auto steps = scf::ForOp::create(b, index(0), item.steps, index(1), inits);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(steps.getBody());
  IRMapping scalars = item.scalars;
  Value begin = startOf(item, steps.getInductionVar());
  scalars.map(text.steps.getInductionVar(), begin);
  scf::YieldOp::create(b, body(scalars, begin, steps.getRegionIterArgs()));
  return steps.getResults();
}

void AttentionSchedule::loadKeys() {
  forItems(start(keyRing, 1), /*keep=*/false, [&](Item &item, ValueRange carried) -> SmallVector<Value> {
    return llvm::to_vector_of<Value>(
        forSteps(item, carried, [&](IRMapping &scalars, Value, ValueRange inner) -> SmallVector<Value> {
          SmallVector<Value> indices = indicesOf(text.keys.getIndices(), scalars);
          WaitOp::create(b, keysEmpty, inner[0]);
          copy(text.keys.getView(), indices, keyRing, inner[0], keysFull, inner[0]);
          return {advance(inner[0])};
        }));
  });
}

/// A page may hold anything behind the sequence's end, and zero times anything is not zero.
void AttentionSchedule::loadValues() {
  Value once = ScheduleBuilder::start(1, 0);
  Value first = start(valueRing, 1);
  forItems({first, once}, /*keep=*/false, [&](Item &item, ValueRange carried) -> SmallVector<Value> {
    Value end = add(item.first, item.remaining);
    return llvm::to_vector_of<Value>(
        forSteps(item, carried, [&](IRMapping &scalars, Value begin, ValueRange inner) -> SmallVector<Value> {
          Value stage = inner[0], clear = inner[1], view = text.values.getView();
          SmallVector<Value> indices = indicesOf(text.values.getIndices(), scalars);
          Value inRow = sub(end, begin);
          WaitOp::create(b, valuesEmpty, stage);
          auto branch = scf::IfOp::create(b, TypeRange(clear.getType()), less(inRow, index(text.numKeys())),
                                          /*addThenBlock=*/true, /*addElseBlock=*/true);
          {
            OpBuilder::InsertionGuard guard(b);
            b.setInsertionPointToStart(branch.thenBlock());
            copy(view, indices, valueRing, stage, uncleared, clear);
            WaitOp::create(b, uncleared, clear);
            ClearRowsOp::create(b, slot(valueRing, stage), inRow);
            FenceAsyncOp::create(b);
            SyncOp::create(b);
            ArriveOp::create(b, valuesFull, stage);
            scf::YieldOp::create(b, advance(clear));
            b.setInsertionPointToStart(branch.elseBlock());
            copy(view, indices, valueRing, stage, valuesFull, stage);
            scf::YieldOp::create(b, clear);
          }
          return {advance(stage), branch.getResult(0)};
        }));
  });
}

/// Whether all queries of the block belong to the row: then their results are one tile.
Value AttentionSchedule::isWhole(const Item &item) { return less(index(text.numQueries() - 1), item.remaining); }

void AttentionSchedule::store() {
  forItems(start(queryRing, 0), /*keep=*/false, [&](Item &item, ValueRange carried) -> SmallVector<Value> {
    Value stage = carried[0];
    SmallVector<Value> indices = indicesOf(text.result.getIndices(), item.scalars);
    WaitOp::create(b, resultsFull, stage);
    auto branch = scf::IfOp::create(b, isWhole(item), /*withElseRegion=*/false);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branch.thenBlock());
      CopyOutOp::create(b, slot(queryRing, stage), text.result.getView(), indices, /*bulk=*/true);
      CommitCopiesOp::create(b);
      WaitCopiesOp::create(b, 0, /*read=*/true);
    }
    ArriveOp::create(b, queriesEmpty, stage);
    return {advance(stage)};
  });
  WaitCopiesOp::create(b, 0, /*read=*/false);
}
