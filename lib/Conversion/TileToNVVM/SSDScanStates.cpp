//===- SSDScanStates.cpp - A scan's roles that hold the state ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SSDScanSchedule.h"
#include "TensorMaps.h"
#include "TextSlice.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <algorithm>

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

void SSDScanSchedule::createStateRole() {
  createRole("state", stateWarp(), 4 * heads, heads, budget(2), /*oneThread=*/false, [&](Value group) {
    // Scores of the heads lie in turns.
    Value scoresStart = start(buffers * heads, 0);
    if (heads > 1) {
      auto ahead = scf::ForOp::create(b, index(0), group, index(1), ValueRange(scoresStart));
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(ahead.getBody());
      scf::YieldOp::create(b, advance(ahead.getRegionIterArg(0)));
      scoresStart = ahead.getResult(0);
    }
    SmallVector<Value> cursors{start(stages, 0), scoresStart, start(buffers, 0)};
    forItems(group, cursors, [&](IRMapping &mapping, ValueRange carriedIn) {
      TextCopy whole(b, mapping, /*transposed=*/false);
      Value first = firstToken(mapping);
      SmallVector<Value> inits(carriedIn);
      inits.push_back(whole.of(loop.getInitArgs()[0]));
      if (storesLate()) { // the result of the chunk before, and where its operands lie
        auto none = arith::ConstantOp::create(b, b.getZeroAttr(b.getBF16Type()));
        inits.push_back(SplatOp::create(b, TileType::get({headRows, chunk}, b.getBF16Type()), none));
        llvm::append_values(inits, carriedIn[0], carriedIn[1]);
      }
      auto chunks = forChunks(mapping, inits, [&](IRMapping &inLoop, ValueRange carried) {
        return stateChunk(inLoop, group, first, carried);
      });
      SmallVector<Value> left(chunks.getResults().take_front(3));
      if (storesLate()) {
        Value end = mapping.lookupOrDefault(loop.getUpperBound());
        Value any = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, first, end);
        // The last chunk's first token: of whole chunks from the first one on.
        Value before = arith::SubIOp::create(b, arith::SubIOp::create(b, end, first), index(1));
        before = arith::MulIOp::create(b, arith::DivUIOp::create(b, before, index(chunk)), index(chunk));
        IRMapping last(mapping);
        last.map(loop.getInductionVar(), arith::AddIOp::create(b, first, before).getResult());
        left[2] = storeIf(any, last, group, left[2], chunks.getResult(4), chunks.getResult(5), chunks.getResult(6),
                          /*mayBePartial=*/true);
      }
      copyFinalStores(mapping, 0, chunks.getResult(3));
      return left;
    });
    oneThread([&] { WaitCopiesOp::create(b, 0, /*read=*/false); });
  });
}

/// One chunk of the state role: carried are cursors of the ring, of scores and of results, the state, and, where results
/// are stored late, that of the chunk before with its cursors.
SmallVector<Value> SSDScanSchedule::stateChunk(IRMapping &mapping, Value group, Value first, ValueRange carried) {
  Value cursor = carried[0], scoresCursor = carried[1], staging = carried[2], token = mapping.lookup(loop.getInductionVar());
  WaitOp::create(b, full, cursor);
  ifThen(isPartial(mapping), [&] { WaitOp::create(b, scoresFull, scoresCursor); }); // x and B are cleared, too
  auto storeBefore = [&] {
    if (!storesLate())
      return;
    IRMapping before(mapping);
    before.map(loop.getInductionVar(), arith::SubIOp::create(b, token, index(chunk)).getResult());
    Value any = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, first, token);
    staging = storeIf(any, before, group, staging, carried[4], carried[5], carried[6], /*mayBePartial=*/false);
  };
  ChunkResult made = multiplyChunk(mapping, group, cursor, scoresCursor, carried[3], storeBefore);
  SmallVector<Value> next{advance(cursor), advance(scoresCursor, heads)};
  if (storesLate()) {
    storeState(mapping, made.state);
    llvm::append_values(next, staging, made.state, made.y, cursor, scoresCursor);
    return next;
  }
  storeChunk(mapping, group, staging, made.y, cursor, scoresCursor, /*mayBePartial=*/true);
  storeState(mapping, made.state);
  llvm::append_values(next, advance(staging), made.state);
  return next;
}

/// The state behind a chunk, where the text keeps it: what that needs is computed then, so that no register keeps it.
void SSDScanSchedule::storeState(IRMapping &mapping, Value state) {
  if (!stateStore)
    return;
  Value kept;
  for (auto [lower, upper] : llvm::zip(stateStore.getLower(), stateStore.getUpper())) {
    Value some = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, mapping.lookupOrDefault(lower),
                                       mapping.lookupOrDefault(upper));
    kept = kept ? arith::AndIOp::create(b, kept, some).getResult() : some;
  }
  auto keep = [&] {
    IRMapping again = mappingOfHead(mapping, 0);
    again.map(loop.getInductionVar(), mapping.lookup(loop.getInductionVar()));
    cloneScalars(*loop.getBody(), again);
    StoreOp::create(b, state, stateStore.getView(), mapped(stateStore.getIndices(), again),
                    mapped(stateStore.getLower(), again), mapped(stateStore.getUpper(), again), stateStore.getValidDims());
  };
  kept ? ifThen(kept, keep) : keep();
}

/// Stores a chunk's result on a condition; the next staging buffer, where it was stored.
Value SSDScanSchedule::storeIf(Value condition, IRMapping &mapping, Value group, Value staging, Value y, Value cursor,
                               Value scoresCursor, bool mayBePartial) {
  auto branch = scf::IfOp::create(b, staging.getType(), condition, /*addThenBlock=*/true, /*addElseBlock=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  IRMapping inChunk(mapping);
  cloneScalars(*loop.getBody(), inChunk);
  storeChunk(inChunk, group, staging, y, cursor, scoresCursor, mayBePartial);
  scf::YieldOp::create(b, advance(staging));
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, staging);
  return branch.getResult(0);
}

/// The state's groups alone. Each clears what it reads itself: where they share B, with the same zeros.
void SSDScanSchedule::createStatesAloneRole() {
  createRole("state", stateWarp(), 4 * heads, heads, budget(2), /*oneThread=*/false, [&](Value group) {
    forItems(group, start(stages, 0), [&](IRMapping &mapping, ValueRange cursors) {
      TextCopy whole(b, mapping, /*transposed=*/false);
      SmallVector<Value> inits{cursors[0], whole.of(loop.getInitArgs()[0])};
      auto chunks = forChunks(mapping, inits, [&](IRMapping &inLoop, ValueRange carried) -> SmallVector<Value> {
        Value cursor = carried[0];
        WaitOp::create(b, full, cursor);
        clearBeyondRow(inLoop, headPanel(ringX, cursor, group), slot(ringB, cursor));
        Value added = addChunk(inLoop, group, cursor, carried[1]);
        ArriveOp::create(b, empty, cursor, /*each=*/true);
        return {advance(cursor), added};
      });
      copyFinalStores(mapping, 0, chunks.getResult(1));
      return SmallVector<Value>{chunks.getResult(0)};
    });
  });
}

Value SSDScanSchedule::addChunk(IRMapping &mapping, Value group, Value cursor, Value state) {
  TextCopy ofState(b, mapping, /*transposed=*/false), ofTokens(b, mapping, /*transposed=*/true);
  ofState.know(loop.getRegionIterArg(0), state);
  knowVectors(ofState, cursor, group);
  knowVectors(ofTokens, cursor, group);
  Value xt = LoadTransposedOp::create(b, TileType::get({headRows, chunk}, x.getType().getElementType()),
                                      headPanel(ringX, cursor, group));
  ofTokens.know(x, xt);
  return MmaWaitOp::create(b, 0, ValueRange(addTokens(ofState, ofTokens, cursor))).getResult(0);
}

/// The product that adds a chunk to the decayed state, and the one with what its left operand has lost: one group.
Value SSDScanSchedule::addTokens(TextCopy &ofState, TextCopy &ofTokens, Value cursor) {
  Value left = ofTokens.of(outer.getA()), rest = outerRest ? ofTokens.of(outerRest.getA()) : Value();
  Value decayed = ofState.of(outer.getAccumulator());
  Value added = MmaAsyncOp::create(b, outer.getType(), left, slot(ringB, cursor), decayed, /*transpose_a=*/false,
                                   /*transpose_b=*/false, /*open=*/bool(rest));
  if (!rest)
    return added;
  return MmaAsyncOp::create(b, outer.getType(), rest, slot(ringB, cursor), added, /*transpose_a=*/false,
                            /*transpose_b=*/false, /*open=*/false);
}

/// S C^T, two panels of the state at a time: each is rounded when the product with those before is finished.
Value SSDScanSchedule::readWideState(IRMapping &mapping, Value cursor, Value state) {
  auto type = TileType::get({headRows, chunk}, b.getF32Type());
  Value whole = slot(ringC, cursor), sum;
  auto shared = cast<SharedType>(whole.getType());
  for (int64_t first = 0; first < outer.getN(); first += 2 * panelColumns) {
    int64_t columns = std::min(2 * panelColumns, outer.getN() - first);
    TextSlice part(b, mapping, index(0), headRows, first, columns);
    part.know(loop.getRegionIterArg(0), state);
    Value panels = PanelsOp::create(b, SharedType::get({chunk, columns}, shared.getElementType(), shared.getPitch()), whole,
                                    index(first / panelColumns));
    sum = MmaAsyncOp::create(b, type, part.of(fromState.getB()), panels, sum, /*transpose_a=*/false,
                             /*transpose_b=*/true, /*open=*/false);
    sum = MmaWaitOp::create(b, 0, ValueRange(sum)).getResult(0);
  }
  return sum;
}

/// The state's own tiles are as in the text, what has a column for each token there has one for each row here.
SSDScanSchedule::ChunkResult SSDScanSchedule::multiplyChunk(IRMapping &mapping, Value group, Value cursor,
                                                            Value scoresCursor, Value state,
                                                            llvm::function_ref<void()> meanwhile) {
  TextCopy ofState(b, mapping, /*transposed=*/false), ofTokens(b, mapping, /*transposed=*/true);
  ofState.know(loop.getRegionIterArg(0), state);
  knowVectors(ofState, cursor, group);
  knowVectors(ofTokens, cursor, group);
  auto product = [&](int64_t columns, Value left, Value right, Value sum, bool transposeRight) -> Value {
    return MmaAsyncOp::create(b, TileType::get({headRows, columns}, b.getF32Type()), left, right, sum,
                              /*transpose_a=*/false, transposeRight, /*open=*/false);
  };
  // An accumulator may be changed only while no product at all is under way: the state decays before them, or between.
  Value readState = isWide() ? readWideState(mapping, cursor, state) : Value();
  Value rounded = isWide() ? Value() : ofState.of(fromState.getB());
  ofState.of(outer.getAccumulator());
  if (rounded)
    readState = product(chunk, rounded, slot(ringC, cursor), Value(), true);
  Value xt = LoadTransposedOp::create(b, TileType::get({headRows, chunk}, x.getType().getElementType()),
                                      headPanel(ringX, cursor, group));
  ofTokens.know(x, xt);
  Value added = addTokens(ofState, ofTokens, cursor);
  meanwhile();
  if (rounded)
    readState = MmaWaitOp::create(b, 1, ValueRange(readState)).getResult(0);
  ofTokens.know(fromState, readState);
  Value carriedIn = ofTokens.of(result.getAccumulator());
  WaitOp::create(b, scoresFull, scoresCursor);
  Value y = product(chunk, xt, slot(ringScores, scoresCursor), carriedIn, true);
  auto finished = MmaWaitOp::create(b, 0, ValueRange{added, y});
  ofTokens.know(result, finished.getResult(1));
  return {finished.getResult(0), ofTokens.of(store.getValue())};
}

/// Through shared memory: whole chunks by a bulk copy, the tokens of a partial one by threads. Once all threads are there
/// they have read what the chunk was made of.
void SSDScanSchedule::storeChunk(IRMapping &mapping, Value group, Value staging, Value y, Value cursor, Value scoresCursor,
                                 bool mayBePartial) {
  Value whole = slot(ringY, staging);
  Value place = rowsOf(whole, arith::MulIOp::create(b, group, index(chunk)), chunk);
  oneThread([&] { WaitCopiesOp::create(b, buffers - 1, /*read=*/true); });
  SyncOp::create(b);
  ArriveOp::create(b, empty, cursor, /*each=*/true);
  ArriveOp::create(b, scoresEmpty, scoresCursor); // products alone have read them
  StoreTransposedOp::create(b, y, place);
  FenceAsyncOp::create(b);
  SyncOp::create(b);
  auto storeTokens = [&] {
    // Once for a row: what it needs is computed again, so that no register keeps it through the loop.
    IRMapping again = mappingOfHead(mapping, 0);
    again.map(loop.getInductionVar(), mapping.lookup(loop.getInductionVar()));
    cloneScalars(*loop.getBody(), again);
    Value tokens = LoadSharedOp::create(b, store.getValue().getType(), place);
    StoreOp::create(b, tokens, store.getView(), mapped(store.getIndices(), again), mapped(store.getLower(), again),
                    mapped(store.getUpper(), again), store.getValidDims());
    oneThread([&] { CommitCopiesOp::create(b); }); // no copy: buffers are counted by groups
  };
  if (!areTokensCut(store.getView().getType(), store.getValidDims()) || !allowsBulkCopies(store.getView()))
    return storeTokens();
  auto copyTokens = [&] {
    oneThread([&] {
      CopyOutOp::create(b, place, store.getView(), mapped(store.getIndices(), mapping), /*bulk=*/true);
      CommitCopiesOp::create(b);
    });
  };
  if (!mayBePartial)
    return copyTokens();
  ifThen(isPartial(mapping), storeTokens, copyTokens);
}
