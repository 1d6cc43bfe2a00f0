//===- SSDScanSchedule.cpp - How Hopper runs an SSD scan ------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SSDScanSchedule.h"
#include "SharedPlan.h"
#include "TensorMaps.h"
#include "TextSlice.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

// For each number of heads in a block: of the first warpgroup, of the intra role, of each state group.
static constexpr int64_t resultBudgets[][3] = {{48, 208, 248}, {48, 80, 192}};
static constexpr int64_t stateBudgets[][3] = {{120, 0, 248}, {104, 0, 192}};
static constexpr int64_t wideBudgets[] = {48, 200, 256};

int64_t SSDScanSchedule::budget(unsigned warpgroup) {
  if (makesResults() && isWide())
    return wideBudgets[warpgroup];
  return (makesResults() ? resultBudgets : stateBudgets)[heads - 1][warpgroup];
}

bool SSDScanSchedule::fitsRegisters() {
  auto config = kernel->getAttrOfType<SSDScanConfigAttr>(kConfigAttr);
  auto grid = kernel->getAttrOfType<DenseI64ArrayAttr>(kGridAttr);
  stages = config ? config.getStages() : 4;
  heads = config ? config.getHeads() : 1;
  int64_t stateSize = outer.getN();
  bool sizes = chunk == 64 && outer.getM() == headRows && stateSize % 16 == 0 && stateSize <= 4 * panelColumns;
  if (isWide() || outerRest) // two state groups leave too few registers for either, and one for not both
    sizes &= heads == 1 && !(isWide() && outerRest);
  if (isWide()) // the state can be taken in whole panels
    sizes &= stateSize % panelColumns == 0 &&
             (!fromState || TextSlice::isPossible(fromState.getB(), loop.getRegionIterArg(0)));
  bool elements = llvm::all_of(ArrayRef{x, bLoad, c}, [](LoadOp load) {
    return !load || (load.getType().getElementType().isBF16() && allowsBulkCopies(load.getView()) &&
                     areTokensCut(load.getView().getType(), load.getValidDims()));
  });
  bool knownHeads = grid && grid.size() > 1 && grid[1] > 0 && grid[1] % heads == 0;
  // Of the 2^20 rows that a call may have there are fewer than 2^32 items; see forItems.
  bool fewItems = knownHeads && grid[1] * (config ? int64_t(config.getSegments()) : 1) < (1 << 12);
  return sizes && elements && fewItems && (!store || store.getValue().getType().getElementType().isBF16());
}

//===----------------------------------------------------------------------===//
// The schedule
//===----------------------------------------------------------------------===//

bool SSDScanSchedule::run() {
  if (!match() || !fitsRegisters())
    return false;
  replaceText([&] {
    createShared();
    createLoadRole();
    createScanRole();
    createIdleRole();
    if (makesResults()) {
      createIntraRole();
      createStateRole();
    } else {
      createStatesAloneRole();
    }
    return 1; // no clusters
  });
  return true;
}

void SSDScanSchedule::createShared() {
  Type bf16 = b.getBF16Type();
  auto stageOf = [](ArrayRef<int64_t> shape, Type element) { return RingType::get(1, shape, element); };
  int64_t n = outer.getN();
  auto step = stageOf({chunk, headRows * heads}, bf16), operand = stageOf({chunk, n}, bf16);
  auto vector = stageOf({chunk * heads}, b.getF32Type()), square = stageOf({chunk, chunk}, bf16);
  int64_t operands = makesResults() ? 2 : 1;
  int64_t perStage = SharedPlan::stagePitch(step) + operands * SharedPlan::stagePitch(operand) +
                     int64_t(vectors.size()) * SharedPlan::stagePitch(vector);
  int64_t fixed = (makesResults() ? 2 * buffers * heads * SharedPlan::stagePitch(square) : 0) +
                  1024 * (1 + int64_t(vectors.size()));
  stages = std::max<int64_t>(1, std::min(stages, (SharedPlan::limit - fixed) / perStage));

  auto create = [&](int64_t count, RingType stage) { return createRing(count, stage.getShape(), stage.getElementType()); };
  ringX = create(stages, step);
  ringB = create(stages, operand);
  if (makesResults()) {
    ringC = create(stages, operand);
    ringScores = create(buffers * heads, square);
    ringY = createRing(buffers, {chunk * heads, headRows}, bf16);
  }
  for (size_t v = 0; v < vectors.size(); ++v)
    vectorRings.push_back(create(stages, vector));
  // Threads that write or read shared memory by ordinary means arrive each for itself: no sync is needed before, and
  // racecheck of compute-sanitizer follows the order.
  full = createBarrier(stages, 1 + 32 * heads * scanTurns()); // the copies, and the warps of the scan role
  empty = createBarrier(stages, (makesResults() ? 128 : 0) + 128 * heads);
  if (makesResults()) {
    scoresFull = createBarrier(buffers * heads, 128);
    scoresEmpty = createBarrier(buffers * heads, 1);
  }
}

/// Blocks take the heads of a row's segment one behind the other, so that those that run side by side share B and C in a
/// cache. `head` is the one of the block's heads that the text is about. There are fewer than 2^32 items (fitsRegisters),
/// so that they are divided as numbers of 32 bits: a division of 64 is a call, and keeps registers.
void SSDScanSchedule::forItems(Value head, ValueRange carried, ItemBody body) {
  Type i32 = b.getI32Type();
  auto narrow = [&](Value value) -> Value { return arith::IndexCastUIOp::create(b, i32, value); };
  auto widen = [&](Value value) -> Value { return arith::IndexCastUIOp::create(b, b.getIndexType(), value); };
  auto worker = WorkerOp::create(b);
  Value shared = arith::ConstantIntOp::create(b, i32, heads);
  Value blocks = arith::DivUIOp::create(b, narrow(GridOp::create(b, 1)), shared);
  Value segments = narrow(GridOp::create(b, 2));
  Value total = arith::MulIOp::create(b, arith::MulIOp::create(b, narrow(GridOp::create(b, 0)), segments), blocks);
  auto items = scf::ForOp::create(b, worker.getNumber(), widen(total), worker.getCount(), carried);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(items.getBody());
  Value item = narrow(items.getInductionVar());
  Value run = arith::DivUIOp::create(b, item, blocks);
  Value first = arith::MulIOp::create(b, arith::RemUIOp::create(b, item, blocks), shared);
  Value ids[] = {widen(arith::DivUIOp::create(b, run, segments)), arith::AddIOp::create(b, widen(first), head),
                 widen(arith::RemUIOp::create(b, run, segments))};
  IRMapping mapping;
  kernel.walk([&](BlockIdOp id) { mapping.map(id.getResult(), ids[id.getDimension()]); });
  cloneScalars(kernel.getBlock(), mapping);
  auto takesPart = scf::IfOp::create(b, carried.getTypes(), mapping.lookup(real.getCondition()),
                                     /*addThenBlock=*/true, /*addElseBlock=*/true);
  {
    OpBuilder::InsertionGuard inner(b);
    b.setInsertionPointToStart(takesPart.thenBlock());
    cloneScalars(*real.thenBlock(), mapping);
    SmallVector<Value> next = body(mapping, items.getRegionIterArgs());
    scf::YieldOp::create(b, next);
    b.setInsertionPointToStart(takesPart.elseBlock());
    scf::YieldOp::create(b, items.getRegionIterArgs());
  }
  scf::YieldOp::create(b, takesPart.getResults());
}

/// Tokens are counted from zero: said once, it need not be tested for every access.
Value SSDScanSchedule::firstToken(IRMapping &mapping) {
  return arith::MaxSIOp::create(b, mapping.lookupOrDefault(loop.getLowerBound()), index(0));
}

scf::ForOp SSDScanSchedule::forChunks(IRMapping &mapping, ValueRange carried, ChunkBody body) {
  auto chunks = scf::ForOp::create(b, firstToken(mapping), mapping.lookupOrDefault(loop.getUpperBound()), index(chunk),
                                   carried);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(chunks.getBody());
  IRMapping inLoop(mapping);
  inLoop.map(loop.getInductionVar(), chunks.getInductionVar());
  cloneScalars(*loop.getBody(), inLoop);
  scf::YieldOp::create(b, body(inLoop, chunks.getRegionIterArgs()));
  return chunks;
}

/// One head's columns of a stage of x.
Value SSDScanSchedule::headPanel(Value ring, Value cursor, Value head) {
  Value whole = slot(ring, cursor);
  auto type = cast<SharedType>(whole.getType());
  return PanelsOp::create(b, SharedType::get({chunk, headRows}, type.getElementType(), type.getPitch()), whole, head);
}

void SSDScanSchedule::knowVectors(TextCopy &copy, Value cursor, Value head) {
  Value first = arith::MulIOp::create(b, head, index(chunk));
  for (auto [vector, ring] : llvm::zip(vectors, vectorRings))
    copy.knowShared(vector, rowsOf(slot(ring, cursor), first, chunk));
}

Value SSDScanSchedule::tokensLeft(IRMapping &mapping) {
  return arith::SubIOp::create(b, mapping.lookupOrDefault(loop.getUpperBound()), mapping.lookup(loop.getInductionVar()));
}

Value SSDScanSchedule::isPartial(IRMapping &mapping) {
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, tokensLeft(mapping), index(chunk));
}

/// The text's numbers once more, for the head that is `head` behind the mapping's.
IRMapping SSDScanSchedule::mappingOfHead(IRMapping &mapping, int64_t head) {
  IRMapping other;
  kernel.walk([&](BlockIdOp id) {
    Value at = mapping.lookup(id.getResult());
    other.map(id.getResult(), id.getDimension() == 1 ? b.createOrFold<arith::AddIOp>(at, index(head)) : at);
  });
  cloneScalars(kernel.getBlock(), other);
  cloneScalars(*real.thenBlock(), other);
  return other;
}

/// In a row's last chunk, what belongs to the next row.
void SSDScanSchedule::clearBeyondRow(IRMapping &mapping, Value tokens, Value factors) {
  ifThen(isPartial(mapping), [&] {
    Value left = tokensLeft(mapping);
    ClearRowsOp::create(b, tokens, left);
    ClearRowsOp::create(b, factors, left);
    FenceAsyncOp::create(b);
    SyncOp::create(b);
  });
}

/// The stores of what the loop leaves: of the state, 0, or of the vector beside it, 1. What they need is computed again, so
/// that no register keeps it through the loop.
void SSDScanSchedule::copyFinalStores(IRMapping &mapping, unsigned result, Value left) {
  IRMapping again = mappingOfHead(mapping, 0);
  TextCopy copy(b, again, /*transposed=*/false);
  copy.know(loop.getResult(result), left);
  for (StoreOp last : finalStores)
    if ((last.getValue().getType().getRank() == 1) == (result == 1))
      StoreOp::create(b, copy.of(last.getValue()), last.getView(), mapped(last.getIndices(), again),
                      mapped(last.getLower(), again), mapped(last.getUpper(), again), last.getValidDims());
}
