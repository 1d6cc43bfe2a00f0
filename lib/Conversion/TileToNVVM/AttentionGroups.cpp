//===- AttentionGroups.cpp - How groups of queries attend -----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionSchedule.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <limits>

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

static constexpr double infinity = std::numeric_limits<double>::infinity();

void AttentionSchedule::attend(Value group) {
  Value keys = start(keyRing, 0), first = start(queryRing, 0);
  Value firstRow = mul(group, index(groupQueries));
  beginTurns(group);
  forItems({keys, first}, /*keep=*/true, [&](Item &item, ValueRange carried) -> SmallVector<Value> {
    Value stage = carried[0], queryStage = carried[1];
    item.first = add(item.first, firstRow);
    WaitOp::create(b, queriesFull, queryStage);
    Value queries = rowsOfGroup(slot(queryRing, queryStage), firstRow);
    Running running = firstStep(item, queries, stage, firstRow);
    // Steps whose keys all lie at or before the group's first query need no mask.
    Value unmasked = div(add(item.first, index(1)), index(text.numKeys()));
    Value change = arith::MaxSIOp::create(b, sub(item.steps, unmasked), index(1));
    running = furtherSteps(item, queries, index(1), change, /*masked=*/true, running);
    running = furtherSteps(item, queries, change, item.steps, /*masked=*/false, running);
    finish(item, running, queryStage, firstRow);
    return {advance(running.stage), advance(queryStage)};
  });
  endTurns(group);
}

/// Groups start their products in turns, the first one first: then the weights of one are made beside the products of the
/// others. A group that has started lets the next one, and behind the last comes the first again, for which the last one
/// opens the round.
void AttentionSchedule::beginTurns(Value group) {
  if (!turns)
    return;
  turn = group;
  Value isLast = less(index(groups - 2), group);
  nextTurn = arith::SelectOp::create(b, isLast, index(0), add(group, index(1)));
  auto branch = scf::IfOp::create(b, isLast, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  NamedArriveOp::create(b, turns, index(0));
}

/// The last turn that was given is nobody's.
void AttentionSchedule::endTurns(Value group) {
  if (!turns)
    return;
  auto branch = scf::IfOp::create(b, less(group, index(1)), /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  NamedSyncOp::create(b, turns, index(0));
}

AttentionSchedule::Running AttentionSchedule::firstStep(const Item &item, Value queries, Value stage, Value firstRow) {
  WaitOp::create(b, keysFull, stage);
  Value scores = MmaWaitOp::create(b, 0, scoreKeys(queries, slot(keyRing, stage))).getResult(0);
  ArriveOp::create(b, keysEmpty, stage);
  scores = mask(item, scores, index(0));
  Value top = FoldOp::create(b, ReduceKind::Max, scores, splat(-1e30, {groupQueries, 4}));
  Value maximum = ReduceOp::create(b, tile({groupQueries}), ReduceKind::Max, top, 1);
  // A query behind the row's end is another row's: nothing moves its maximum, which would make its neighbours' weights anew.
  Value inRow = sub(item.remaining, firstRow);
  maximum = mapAt(maximum, [&](ValueRange e) -> Value {
    Value isQuery = less(e[1], inRow);
    return arith::SelectOp::create(b, isQuery, e[0], number(infinity));
  });
  Value weights = weightsOf(scores, maximum);
  Value sum = FoldOp::create(b, ReduceKind::Add, weights, splat(0, {groupQueries, 4}));
  WaitOp::create(b, valuesFull, stage);
  return {splat(0, {groupQueries, text.headDim()}), rounded(weights), maximum, sum, stage};
}

/// The steps [from, to). The product with the step's keys and the one with the values before are under way together.
AttentionSchedule::Running AttentionSchedule::furtherSteps(const Item &item, Value queries, Value from, Value to,
                                                           bool masked, const Running &before) {
  auto steps = scf::ForOp::create(b, from, to, index(1),
                                  ValueRange{before.out, before.weights, before.maximum, before.sum, before.stage});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(steps.getBody());
  ValueRange carried = steps.getRegionIterArgs();
  Running running{carried[0], carried[1], carried[2], carried[3], carried[4]};
  // Named ahead of the waits, whose end the products' start follows.
  Value next = advance(running.stage), keys = slot(keyRing, next), values = slot(valueRing, running.stage);
  WaitOp::create(b, keysFull, next);
  if (turns)
    NamedSyncOp::create(b, turns, turn);
  Value product = scoreKeys(queries, keys);
  Value added = weighValues(running, values);
  if (turns)
    NamedArriveOp::create(b, turns, nextTurn);
  Value scores = MmaWaitOp::create(b, 1, product).getResult(0);
  ArriveOp::create(b, keysEmpty, next);
  if (masked)
    scores = mask(item, scores, steps.getInductionVar());
  Value top = FoldOp::create(b, ReduceKind::Max, scores, splat(-infinity, {groupQueries, 4}));
  finishValues(running, added);
  // Here the wait and its branch stand amid the exponentials, which hide them and the vote.
  WaitOp::create(b, valuesFull, next);
  Value weights = weightsOf(scores, running.maximum);
  Value sum = FoldOp::create(b, ReduceKind::Add, weights, running.sum);
  Value packed = rounded(weights);
  Value limit = map(running.maximum, [&](ValueRange e) -> Value {
    return arith::AddFOp::create(b, e[0], number(slack() / factor()));
  });
  Value kept[] = {running.out, packed, running.maximum, sum};
  auto anew = WhereAnyOp::create(b, top, alongRows(limit, 4), kept);
  {
    OpBuilder::InsertionGuard inner(b);
    b.setInsertionPointToStart(&anew.getBody().emplaceBlock());
    Running moved = moveMaximum(running, scores, top);
    ReplaceOp::create(b, ValueRange{moved.out, moved.weights, moved.maximum, moved.sum});
  }
  SmallVector<Value> yielded(anew.getResults());
  yielded.push_back(next);
  scf::YieldOp::create(b, yielded);
  return {steps.getResult(0), steps.getResult(1), steps.getResult(2), steps.getResult(3), steps.getResult(4)};
}

/// Starts queries . keys^T.
Value AttentionSchedule::scoreKeys(Value queries, Value keys) {
  return MmaAsyncOp::create(b, tile({groupQueries, text.numKeys()}), queries, keys, Value(), /*transpose_a=*/false,
                            /*transpose_b=*/true, /*open=*/false);
}

/// Starts out + weights . values.
Value AttentionSchedule::weighValues(const Running &running, Value values) {
  return MmaAsyncOp::create(b, cast<TileType>(running.out.getType()), running.weights, values, running.out,
                            /*transpose_a=*/false, /*transpose_b=*/false, /*open=*/false);
}

/// Waits for that; until then the weights' registers are being read.
void AttentionSchedule::finishValues(Running &running, Value added) {
  auto wait = MmaWaitOp::create(b, 0, ValueRange{added, running.weights});
  running.out = wait.getResult(0);
  running.weights = wait.getResult(1);
  ArriveOp::create(b, valuesEmpty, running.stage);
}

/// exp(scale * (score - maximum)), as a power of two.
Value AttentionSchedule::weightsOf(Value scores, Value maximum) {
  Value shift = map(maximum, [&](ValueRange e) -> Value { return arith::MulFOp::create(b, e[0], number(-factor())); });
  return map({scores, alongRows(shift, text.numKeys())}, [&](ValueRange e) -> Value {
    return math::Exp2Op::create(b, math::FmaOp::create(b, e[0], number(factor()), e[1]));
  });
}

/// The rows' maximum with this step's scores in it, and what depends on it.
AttentionSchedule::Running AttentionSchedule::moveMaximum(const Running &running, Value scores, Value top) {
  Value highest = ReduceOp::create(b, tile({groupQueries}), ReduceKind::Max, top, 1);
  Value maximum = map({running.maximum, highest},
                      [&](ValueRange e) -> Value { return arith::MaxNumFOp::create(b, e[0], e[1]); });
  Value rescale = map({running.maximum, maximum}, [&](ValueRange e) -> Value {
    Value change = arith::MulFOp::create(b, arith::SubFOp::create(b, e[0], e[1]), number(factor()));
    return math::Exp2Op::create(b, change);
  });
  auto times = [&](Value value, int64_t columns) {
    return map({value, alongRows(rescale, columns)},
               [&](ValueRange e) -> Value { return arith::MulFOp::create(b, e[0], e[1]); });
  };
  Value weights = weightsOf(scores, maximum);
  Value sum = FoldOp::create(b, ReduceKind::Add, weights, times(running.sum, 4));
  return {times(running.out, text.headDim()), rounded(weights), maximum, sum, running.stage};
}

/// The scores of the step that is `number` before the last, without those of keys behind their query.
Value AttentionSchedule::mask(const Item &item, Value scores, Value number) {
  Type i32 = b.getI32Type();
  Value distance = sub(item.first, startOf(item, number));
  Value last = arith::IndexCastOp::create(b, i32, distance), zero = arith::ConstantIntOp::create(b, i32, 0);
  return mapAt(scores, [&](ValueRange e) -> Value {
    Value row = arith::IndexCastOp::create(b, i32, e[1]), column = arith::IndexCastOp::create(b, i32, e[2]);
    // In this form LLVM finds no column by itself to keep in registers for the role's life.
    Value before = arith::SubIOp::create(b, arith::AddIOp::create(b, row, last), column);
    Value visible = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, before, zero);
    return arith::SelectOp::create(b, visible, e[0], this->number(-infinity));
  });
}

/// The last step's values, and the results: one tile of the block's where that is whole, else row by row.
void AttentionSchedule::finish(Item &item, Running running, Value queryStage, Value firstRow) {
  finishValues(running, weighValues(running, slot(valueRing, running.stage)));
  Value sum = ReduceOp::create(b, tile({groupQueries}), ReduceKind::Add, running.sum, 1);
  Value inverse = map(sum, [&](ValueRange e) -> Value { return arith::DivFOp::create(b, number(1), e[0]); });
  Value result = map(
      {running.out, alongRows(inverse, text.headDim())},
      [&](ValueRange e) -> Value {
        return arith::TruncFOp::create(b, text.element(), arith::MulFOp::create(b, e[0], e[1]));
      },
      text.element());
  auto branch = scf::IfOp::create(b, isWhole(item), /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    StoreSharedOp::create(b, result, rowsOfGroup(slot(queryRing, queryStage), firstRow));
    FenceAsyncOp::create(b);
    b.setInsertionPointToStart(branch.elseBlock());
    storeRows(text.result, result, item, firstRow);
  }
  if (text.logSumExp)
    storeLogSumExp(running.maximum, sum, item, firstRow);
  release(item);
  ArriveOp::create(b, resultsFull, queryStage);
}

void AttentionSchedule::storeLogSumExp(Value maximum, Value sum, Item &item, Value firstRow) {
  Value logSumExp = map({maximum, sum}, [&](ValueRange e) -> Value {
    return math::FmaOp::create(b, e[0], number(text.scale), math::LogOp::create(b, e[1]));
  });
  storeRows(text.logSumExp, ReshapeOp::create(b, tile({groupQueries, 1}), logSumExp), item, firstRow);
}

/// A store of the text, of this group's rows.
void AttentionSchedule::storeRows(StoreOp store, Value value, Item item, Value firstRow) {
  auto read = [&](OperandRange values) {
    return llvm::map_to_vector(values, [&](Value number) { return field(item, number); });
  };
  SmallVector<Value> indices = read(store.getIndices());
  Value &row = indices[indices.size() - 2];
  row = add(row, firstRow);
  StoreOp::create(b, value, store.getView(), indices, read(store.getLower()), read(store.getUpper()),
                  store.getValidDims());
}
