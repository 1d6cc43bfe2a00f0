//===- SSDScanSources.cpp - A scan's roles that feed the state role ------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SSDScanSchedule.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

//===----------------------------------------------------------------------===//
// Load
//===----------------------------------------------------------------------===//

void SSDScanSchedule::createLoadRole() {
  createRole("load", 0, 1, 1, budget(0), /*oneThread=*/true, [&](Value) {
    forItems(index(0), start(stages, 1), [&](IRMapping &mapping, ValueRange cursors) {
      SmallVector<IRMapping> ofHeads;
      for (int64_t head = 0; head < heads; ++head)
        ofHeads.push_back(mappingOfHead(mapping, head));
      auto chunks = forChunks(mapping, cursors, [&](IRMapping &inLoop, ValueRange carried) -> SmallVector<Value> {
        Value cursor = carried[0];
        WaitOp::create(b, empty, cursor);
        int64_t bytes = 0;
        for (Value ring : {ringX, ringB, ringC})
          bytes += ring ? cast<RingType>(ring.getType()).getStageBytes() : 0;
        ExpectOp::create(b, full, cursor, bytes);
        if (c)
          CopyInOp::create(b, c.getView(), mapped(c.getIndices(), inLoop), slot(ringC, cursor), full, cursor);
        CopyInOp::create(b, bLoad.getView(), mapped(bLoad.getIndices(), inLoop), slot(ringB, cursor), full, cursor);
        for (auto [head, ofHead] : llvm::enumerate(ofHeads)) {
          IRMapping there(ofHead);
          there.map(loop.getInductionVar(), inLoop.lookup(loop.getInductionVar()));
          cloneScalars(*loop.getBody(), there);
          CopyInOp::create(b, x.getView(), mapped(x.getIndices(), there), headPanel(ringX, cursor, index(head)), full,
                           cursor);
        }
        return {advance(cursor)};
      });
      return SmallVector<Value>(chunks.getResults());
    });
  });
}

//===----------------------------------------------------------------------===//
// Scan
//===----------------------------------------------------------------------===//

/// A warp for each head. One head alone has two, which take chunks in turns: sums and softplus are one long chain, longer
/// than the products of a chunk. Both wait and arrive for every chunk: where rows have one chunk the second warp has none
/// for long, and must neither run ahead of a phase nor fall behind one.
void SSDScanSchedule::createScanRole() {
  int64_t turns = scanTurns();
  createRole("scan", 1, heads * turns, heads * turns, budget(0), /*oneThread=*/false, [&](Value group) {
    Value head = turns == 1 ? group : index(0), firstOfGroup = turns == 1 ? index(0) : group;
    forItems(head, start(stages, 1), [&](IRMapping &mapping, ValueRange cursors) {
      TextCopy whole(b, mapping, /*transposed=*/false);
      Value own = arith::AddIOp::create(b, firstToken(mapping), arith::MulIOp::create(b, firstOfGroup, index(chunk)));
      SmallVector<Value> inits{cursors[0], loadSteps(mapping, own)};
      bool carriesVector = loop.getNumResults() == 2;
      if (carriesVector)
        inits.push_back(whole.of(loop.getInitArgs()[1]));
      if (turns > 1)
        inits.push_back(index(0)); // whose chunk it is
      auto chunks = forChunks(mapping, inits, [&](IRMapping &inLoop, ValueRange carried) -> SmallVector<Value> {
        Value cursor = carried[0], steps = carried[1];
        if (turns == 1) {
          TextCopy copy(b, inLoop, /*transposed=*/false);
          SmallVector<Value> next{advance(cursor), scanChunk(inLoop, copy, head, cursor, steps)};
          if (carriesVector) {
            copy.know(loop.getRegionIterArg(1), carried.back());
            next.push_back(copy.of(loop.getBody()->getTerminator()->getOperand(1)));
          }
          ArriveOp::create(b, full, cursor, /*each=*/true);
          return next;
        }
        Value isOwn = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, carried.back(), group);
        auto branch = scf::IfOp::create(b, steps.getType(), isOwn, /*addThenBlock=*/true, /*addElseBlock=*/true);
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToStart(branch.thenBlock());
        TextCopy copy(b, inLoop, /*transposed=*/false);
        Value later = scanChunk(inLoop, copy, head, cursor, steps);
        scf::YieldOp::create(b, later);
        b.setInsertionPointToStart(branch.elseBlock());
        WaitOp::create(b, empty, cursor);
        scf::YieldOp::create(b, steps);
        b.setInsertionPointAfter(branch);
        ArriveOp::create(b, full, cursor, /*each=*/true);
        return {advance(cursor), branch.getResult(0), arith::SubIOp::create(b, index(1), carried.back())};
      });
      if (carriesVector)
        copyFinalStores(mapping, 1, chunks.getResults().back());
      return SmallVector<Value>{chunks.getResult(0)};
    });
  });
}

/// The step sizes of the chunk from `token` on.
Value SSDScanSchedule::loadSteps(IRMapping &mapping, Value token) {
  IRMapping there(mapping);
  there.map(loop.getInductionVar(), token);
  cloneScalars(*loop.getBody(), there);
  return b.clone(*dt, there)->getResult(0);
}

/// Stores a chunk's vectors, each as it is made: registers are few. Returns the step sizes of the warp's next chunk, on
/// their way meanwhile. A warp without turns would still wait for them, since memory at work answers late: there those of
/// later chunks are asked for too, and not kept.
Value SSDScanSchedule::scanChunk(IRMapping &mapping, TextCopy &copy, Value head, Value cursor, Value steps) {
  Value token = mapping.lookup(loop.getInductionVar());
  auto loadAhead = [&](int64_t chunks) {
    return loadSteps(mapping, arith::AddIOp::create(b, token, index(chunks * chunk)));
  };
  Value next = loadAhead(scanTurns());
  if (scanTurns() == 1 && makesResults())
    loadAhead(6);
  WaitOp::create(b, empty, cursor);
  copy.know(dt, steps);
  Value place = arith::MulIOp::create(b, head, index(chunk));
  for (auto [vector, ring] : llvm::zip(vectors, vectorRings))
    StoreSharedOp::create(b, copy.of(vector), rowsOf(slot(ring, cursor), place, chunk));
  return next;
}

/// Warps of the first warpgroup that nothing is left for.
void SSDScanSchedule::createIdleRole() {
  int64_t busy = 1 + heads * scanTurns();
  createRole("idle", busy, 4 - busy, 4 - busy, budget(0), /*oneThread=*/false, [](Value) {});
}

//===----------------------------------------------------------------------===//
// Intra
//===----------------------------------------------------------------------===//

void SSDScanSchedule::createIntraRole() {
  createRole("intra", 4, 4, 1, budget(1), /*oneThread=*/false, [&](Value) {
    SmallVector<Value> cursors{start(stages, 0), start(buffers * heads, 1)};
    forItems(index(0), cursors, [&](IRMapping &mapping, ValueRange carriedIn) {
      SmallVector<IRMapping> ofHeads;
      for (int64_t head = 0; head < heads; ++head)
        ofHeads.push_back(mappingOfHead(mapping, head));
      auto chunks = forChunks(mapping, carriedIn, [&](IRMapping &inLoop, ValueRange carried) -> SmallVector<Value> {
        Value cursor = carried[0], scoresCursor = carried[1];
        WaitOp::create(b, full, cursor);
        clearBeyondRow(inLoop, slot(ringX, cursor), slot(ringB, cursor));
        makeScores(ofHeads, inLoop.lookup(loop.getInductionVar()), cursor, scoresCursor);
        ArriveOp::create(b, empty, cursor, /*each=*/true);
        return {advance(cursor), scoresCursor};
      });
      return SmallVector<Value>(chunks.getResults());
    });
  });
}

/// C B^T once; then for each head decayed, masked and rounded, as the left operand of the text's product with x.
void SSDScanSchedule::makeScores(ArrayRef<IRMapping> ofHeads, Value token, Value cursor, Value &scoresCursor) {
  auto type = TileType::get({chunk, chunk}, b.getF32Type());
  Value product = MmaAsyncOp::create(b, type, slot(ringC, cursor), slot(ringB, cursor), Value(),
                                     /*transpose_a=*/false, /*transpose_b=*/true, /*open=*/false);
  Value finished = MmaWaitOp::create(b, 0, ValueRange(product)).getResult(0);
  for (int64_t head = 0; head < heads; ++head) {
    IRMapping scalars(ofHeads[head]);
    scalars.map(loop.getInductionVar(), token);
    cloneScalars(*loop.getBody(), scalars);
    TextCopy copy(b, scalars, /*transposed=*/false);
    copy.know(scores, finished);
    knowVectors(copy, cursor, index(head));
    WaitOp::create(b, scoresEmpty, scoresCursor);
    Value decayed = copy.of(result.getA());
    StoreSharedOp::create(b, decayed, slot(ringScores, scoresCursor));
    FenceAsyncOp::create(b);
    ArriveOp::create(b, scoresFull, scoresCursor, /*each=*/true);
    scoresCursor = advance(scoresCursor);
  }
}
