//===- SSDScanSchedule.cpp - How Hopper runs an SSD scan ------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SSDScanSchedule.h"
#include "SharedPlan.h"
#include "TensorMaps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

// For each number of heads in a block: of the first warpgroup, of the intra role, of each state group.
static constexpr int64_t resultBudgets[][3] = {{40, 216, 248}, {40, 88, 192}};
static constexpr int64_t stateBudgets[][3] = {{120, 0, 248}, {104, 0, 192}};
static constexpr int64_t headRows = 64; // of a state group: what a warpgroup's product has
static constexpr int64_t buffers = 2;   // of decayed scores and of results, for each head

SSDScanSchedule::SSDScanSchedule(KernelOp kernel) : kernel(kernel), b(kernel.getLoc(), kernel->getContext()) {}

int64_t SSDScanSchedule::budget(unsigned warpgroup) const {
  return (makesResults() ? resultBudgets : stateBudgets)[heads - 1][warpgroup];
}

Value SSDScanSchedule::index(int64_t value) { return arith::ConstantIndexOp::create(b, value); }

//===----------------------------------------------------------------------===//
// The text
//===----------------------------------------------------------------------===//

bool SSDScanSchedule::matches() { return matchLoop() && matchProducts() && matchVectors() && fitsRegisters(); }

/// One condition around one loop of products that carries a tile and perhaps a vector; stores stand behind the loop.
bool SSDScanSchedule::matchLoop() {
  for (Operation &op : kernel.getBlock()) {
    auto found = dyn_cast<scf::IfOp>(op);
    if ((found && (real || found.getNumResults() || found.elseBlock())) || isa<scf::ForOp, StoreOp, WriteOp>(op))
      return false;
    real = found ? found : real;
  }
  if (!real)
    return false;
  for (Operation &op : *real.thenBlock()) {
    if (isa<scf::IfOp, WriteOp, MmaOp>(op))
      return false;
    if (auto found = dyn_cast<scf::ForOp>(op); found && !found.getBody()->getOps<MmaOp>().empty()) {
      if (loop)
        return false;
      loop = found;
    }
    if (auto last = dyn_cast<StoreOp>(op)) {
      if (!loop)
        return false;
      finalStores.push_back(last);
    }
  }
  if (!loop || loop.getNumResults() < 1 || loop.getNumResults() > 2)
    return false;
  auto rankOf = [](Value value) {
    auto type = dyn_cast<TileType>(value.getType());
    return type ? type.getRank() : 0;
  };
  return rankOf(loop.getResult(0)) == 2 && (loop.getNumResults() == 1 || rankOf(loop.getResult(1)) == 1);
}

static LoadOp loadOf(Value tile, scf::ForOp loop) {
  auto load = tile.getDefiningOp<LoadOp>();
  return load && load->getParentOp() == loop ? load : LoadOp();
}

/// The matrix that a map is made of, through maps.
static LoadOp matrixLoadOf(Value tile, scf::ForOp loop) {
  if (auto load = loadOf(tile, loop))
    return load;
  auto map = tile.getDefiningOp<MapOp>();
  for (Value input : map ? ValueRange(map.getInputs()) : ValueRange())
    if (auto load = matrixLoadOf(input, loop))
      return load;
  return {};
}

/// The chunk's four products, told apart by what they multiply; or the one that adds to the state.
bool SSDScanSchedule::matchProducts() {
  unsigned products = 0;
  for (Operation &op : *loop.getBody()) {
    if (isa<scf::IfOp, scf::ForOp, WriteOp, ReduceOp>(op))
      return false;
    if (auto found = dyn_cast<StoreOp>(op)) {
      if (store)
        return false;
      store = found;
    }
    auto mma = dyn_cast<MmaOp>(op);
    if (!mma)
      continue;
    ++products;
    bool left = bool(loadOf(mma.getA(), loop)), right = bool(loadOf(mma.getB(), loop));
    (left && right ? scores : left ? fromState : mma.getTransposeA() ? outer : result) = mma;
  }
  if (!outer || !outer.getTransposeA() || outer.getTransposeB() ||
      loop.getBody()->getTerminator()->getOperand(0) != outer.getResult())
    return false;
  bLoad = loadOf(outer.getB(), loop);
  chunk = outer.getK();
  if (products == 1 && !store) {
    x = matrixLoadOf(outer.getA(), loop);
    return bLoad && x;
  }
  if (products != 4 || !scores || !fromState || !result || !store)
    return false;
  c = loadOf(scores.getA(), loop), x = loadOf(result.getB(), loop);
  bool sameTiles = x && fromState.getA() == c.getResult() && scores.getB() == outer.getB();
  bool forms = !scores.getTransposeA() && scores.getTransposeB() && !fromState.getTransposeA() &&
               fromState.getTransposeB() && !result.getTransposeA() && !result.getTransposeB();
  auto startsAtZero = [](MmaOp mma) {
    auto zero = mma.getAccumulator().getDefiningOp<SplatOp>();
    return zero && matchPattern(zero.getValue(), m_AnyZeroFloat());
  };
  return sameTiles && forms && startsAtZero(scores) && startsAtZero(fromState);
}

/// Every vector that is spread over a matrix, or whose element is used beside one, is the scan role's to make, from one
/// load.
bool SSDScanSchedule::matchVectors() {
  for (Operation &op : *loop.getBody()) {
    if (auto broadcast = dyn_cast<BroadcastOp>(op))
      vectors.insert(broadcast.getVector());
    if (auto extract = dyn_cast<ExtractOp>(op))
      for (Operation *user : extract->getUsers()) {
        // A map's region, or a splat.
        Operation *tile = isa<SplatOp>(user) ? user : user->getParentOfType<MapOp>();
        if (!tile)
          return false;
        if (cast<TileType>(tile->getResult(0).getType()).getRank() == 2)
          vectors.insert(extract.getInput());
      }
    if (auto load = dyn_cast<LoadOp>(op); load && load != x && load != bLoad && load != c) {
      if (dt)
        return false;
      dt = load;
    }
  }
  if (loop.getNumResults() == 2 && llvm::is_contained(vectors, loop.getRegionIterArg(1)))
    return false;
  return dt && llvm::all_of(vectors, [&](Value vector) {
    auto type = cast<TileType>(vector.getType());
    return type.getElementType().isF32() && type.getShape() == ArrayRef(chunk);
  });
}

bool SSDScanSchedule::fitsRegisters() {
  auto config = kernel->getAttrOfType<SSDScanConfigAttr>(kConfigAttr);
  auto grid = kernel->getAttrOfType<DenseI64ArrayAttr>(kGridAttr);
  stages = config ? config.getStages() : 4;
  heads = config ? config.getHeads() : 1;
  int64_t stateSize = outer.getN();
  bool sizes = chunk == 64 && outer.getM() == headRows && stateSize % 16 == 0 && stateSize <= 128;
  bool elements = llvm::all_of(ArrayRef{x, bLoad, c}, [](LoadOp load) {
    return !load || (load.getType().getElementType().isBF16() && hasBulkStrides(load.getView().getType()));
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
  if (!matches())
    return false;
  SmallVector<Operation *> text;
  for (Operation &op : kernel.getBlock().without_terminator())
    text.push_back(&op);
  b.setInsertionPoint(kernel.getBlock().getTerminator());
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
  for (Operation *op : llvm::reverse(text))
    op->erase();
  kernel->setAttr("tile.schedule", ScheduleAttr::get(b.getContext(), stateWarp() + 4 * heads, /*persistent=*/true));
  return true;
}

void SSDScanSchedule::createShared() {
  Type bf16 = b.getBF16Type();
  auto ring = [&](int64_t count, ArrayRef<int64_t> shape, Type element) {
    return RingType::get(count, shape, element);
  };
  int64_t n = outer.getN();
  auto step = ring(1, {chunk, headRows * heads}, bf16), operand = ring(1, {chunk, n}, bf16);
  auto vector = ring(1, {chunk * heads}, b.getF32Type()), square = ring(1, {chunk, chunk}, bf16);
  int64_t operands = makesResults() ? 2 : 1;
  int64_t perStage = SharedPlan::stagePitch(step) + operands * SharedPlan::stagePitch(operand) +
                     int64_t(vectors.size()) * SharedPlan::stagePitch(vector);
  int64_t fixed = (makesResults() ? 2 * buffers * heads * SharedPlan::stagePitch(square) : 0) +
                  1024 * (1 + int64_t(vectors.size()));
  stages = std::max<int64_t>(1, std::min(stages, (SharedPlan::limit - fixed) / perStage));

  auto create = [&](int64_t count, RingType stage) -> Value {
    return RingOp::create(b, ring(count, stage.getShape(), stage.getElementType()));
  };
  ringX = create(stages, step);
  ringB = create(stages, operand);
  if (makesResults()) {
    ringC = create(stages, operand);
    ringScores = create(buffers * heads, square);
    ringY = create(buffers, ring(1, {chunk * heads, headRows}, bf16));
  }
  for (size_t v = 0; v < vectors.size(); ++v)
    vectorRings.push_back(create(stages, vector));
  auto barrier = [&](int64_t count, int64_t arrivals) -> Value {
    return BarrierOp::create(b, BarrierType::get(b.getContext(), count), arrivals);
  };
  full = barrier(stages, 1 + heads); // the copies, and a warp for each head
  empty = barrier(stages, (makesResults() ? 1 : 0) + heads);
  if (makesResults()) {
    scoresFull = barrier(buffers * heads, 1);
    scoresEmpty = barrier(buffers * heads, 1);
  }
}

void SSDScanSchedule::createRole(StringRef name, int64_t firstWarp, int64_t warps, int64_t groups, int64_t registers,
                                 bool oneThread, RoleBody body) {
  auto role = RoleOp::create(b, name, firstWarp, warps, groups, registers, oneThread);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&role.getBody().emplaceBlock());
  body(role.getBlock().addArgument(b.getIndexType(), b.getLoc()));
  EndOp::create(b);
}

/// The text's arithmetic on indices and numbers; what it takes from tiles is TextCopy's.
void SSDScanSchedule::cloneScalars(Block &block, IRMapping &mapping) {
  for (Operation &op : block) {
    if (isa<RingOp>(op)) // what the schedule adds comes behind the text
      return;
    auto isTile = [](Type type) { return isa<TileType>(type); };
    if (op.getNumResults() > 0 && op.getNumRegions() == 0 && !isa<BlockIdOp>(op) &&
        llvm::none_of(op.getResultTypes(), isTile) && llvm::none_of(op.getOperandTypes(), isTile))
      b.clone(op, mapping);
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

SmallVector<Value> SSDScanSchedule::mapped(OperandRange values, IRMapping &mapping) {
  return llvm::map_to_vector(values, [&](Value value) { return mapping.lookupOrDefault(value); });
}

void SSDScanSchedule::oneThread(llvm::function_ref<void()> body) {
  auto once = OneThreadOp::create(b);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&once.getBody().emplaceBlock());
  body();
}

void SSDScanSchedule::ifThen(Value condition, llvm::function_ref<void()> body, llvm::function_ref<void()> otherwise) {
  auto branch = scf::IfOp::create(b, condition, /*withElseRegion=*/bool(otherwise));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  body();
  if (otherwise) {
    b.setInsertionPointToStart(branch.elseBlock());
    otherwise();
  }
}

Value SSDScanSchedule::start(int64_t stages, int64_t phase) {
  return StartOp::create(b, CursorType::get(b.getContext(), stages), phase);
}

Value SSDScanSchedule::advance(Value cursor, int64_t times) {
  for (int64_t n = 0; n < times; ++n)
    cursor = AdvanceOp::create(b, cursor);
  return cursor;
}

Value SSDScanSchedule::slot(Value ring, Value cursor) {
  auto type = cast<RingType>(ring.getType());
  return SlotOp::create(b, SharedType::get(type.getShape(), type.getElementType()), ring, cursor);
}

/// One head's columns of a stage of x.
Value SSDScanSchedule::headPanel(Value ring, Value cursor, Value head) {
  Value whole = slot(ring, cursor);
  auto type = cast<SharedType>(whole.getType());
  return PanelsOp::create(b, SharedType::get({chunk, headRows}, type.getElementType(), type.getPitch()), whole, head);
}

void SSDScanSchedule::knowVectors(TextCopy &copy, Value cursor, Value head) {
  auto part = SharedType::get({chunk}, b.getF32Type());
  Value first = arith::MulIOp::create(b, head, index(chunk));
  for (auto [vector, ring] : llvm::zip(vectors, vectorRings))
    copy.knowShared(vector, RowsOp::create(b, part, slot(ring, cursor), first));
}

Value SSDScanSchedule::tokensLeft(IRMapping &mapping) {
  return arith::SubIOp::create(b, mapping.lookupOrDefault(loop.getUpperBound()), mapping.lookup(loop.getInductionVar()));
}

Value SSDScanSchedule::isPartial(IRMapping &mapping) {
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, tokensLeft(mapping), index(chunk));
}

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

//===----------------------------------------------------------------------===//
// Scan
//===----------------------------------------------------------------------===//

/// Step sizes are loaded a chunk ahead: a warp alone has nothing else to do while it waits for memory. Vectors are stored
/// as they are made: registers are few. With two heads there are fewer still, and more time: the load comes last.
void SSDScanSchedule::createScanRole() {
  createRole("scan", 1, heads, heads, budget(0), /*oneThread=*/false, [&](Value head) {
    forItems(head, start(stages, 1), [&](IRMapping &mapping, ValueRange cursors) {
      auto loadAt = [&](Value token) -> Value {
        IRMapping there(mapping);
        there.map(loop.getInductionVar(), token);
        cloneScalars(*loop.getBody(), there);
        return b.clone(*dt, there)->getResult(0);
      };
      Value first = loadAt(firstToken(mapping));
      TextCopy whole(b, mapping, /*transposed=*/false);
      SmallVector<Value> inits{cursors[0], first};
      bool carriesVector = loop.getNumResults() == 2;
      if (carriesVector)
        inits.push_back(whole.of(loop.getInitArgs()[1]));
      auto chunks = forChunks(mapping, inits, [&](IRMapping &inLoop, ValueRange carried) -> SmallVector<Value> {
        Value cursor = carried[0];
        auto loadNext = [&] {
          return loadAt(arith::AddIOp::create(b, inLoop.lookup(loop.getInductionVar()), index(chunk)));
        };
        Value next = heads == 1 ? loadNext() : Value();
        WaitOp::create(b, empty, cursor);
        TextCopy copy(b, inLoop, /*transposed=*/false);
        copy.know(dt, carried[1]);
        auto part = SharedType::get({chunk}, b.getF32Type());
        Value place = arith::MulIOp::create(b, head, index(chunk));
        for (auto [vector, ring] : llvm::zip(vectors, vectorRings))
          StoreSharedOp::create(b, copy.of(vector), RowsOp::create(b, part, slot(ring, cursor), place));
        SmallVector<Value> carriedOn{advance(cursor), next ? next : loadNext()};
        if (carriesVector) {
          copy.know(loop.getRegionIterArg(1), carried[2]);
          carriedOn.push_back(copy.of(loop.getBody()->getTerminator()->getOperand(1)));
        }
        SyncOp::create(b);
        ArriveOp::create(b, full, cursor);
        return carriedOn;
      });
      if (carriesVector)
        copyFinalStores(mapping, 1, chunks.getResult(2));
      return SmallVector<Value>{chunks.getResult(0)};
    });
  });
}

/// Warps of the first warpgroup that nothing is left for.
void SSDScanSchedule::createIdleRole() {
  createRole("idle", 1 + heads, 3 - heads, 3 - heads, budget(0), /*oneThread=*/false, [](Value) {});
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
        ArriveOp::create(b, empty, cursor);
        return {advance(cursor), scoresCursor};
      });
      return SmallVector<Value>(chunks.getResults());
    });
  });
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
    SyncOp::create(b);
    ArriveOp::create(b, scoresFull, scoresCursor);
    scoresCursor = advance(scoresCursor);
  }
}

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
    llvm::append_values(next, staging, made.state, made.y, cursor, scoresCursor);
    return next;
  }
  storeChunk(mapping, group, staging, made.y, cursor, scoresCursor, /*mayBePartial=*/true);
  llvm::append_values(next, advance(staging), made.state);
  return next;
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
        SyncOp::create(b);
        ArriveOp::create(b, empty, cursor);
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
  Value left = ofTokens.of(outer.getA()), decayed = ofState.of(outer.getAccumulator());
  Value added = MmaAsyncOp::create(b, outer.getType(), left, slot(ringB, cursor), decayed, /*transpose_a=*/false,
                                   /*transpose_b=*/false, /*open=*/false);
  return MmaWaitOp::create(b, 0, ValueRange(added)).getResult(0);
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
  // An accumulator may be changed only while no product at all is under way, so the state decays first.
  Value rounded = ofState.of(fromState.getB()), decayed = ofState.of(outer.getAccumulator());
  Value readState = product(chunk, rounded, slot(ringC, cursor), Value(), true);
  Value xt = LoadTransposedOp::create(b, TileType::get({headRows, chunk}, x.getType().getElementType()),
                                      headPanel(ringX, cursor, group));
  ofTokens.know(x, xt);
  Value added = product(outer.getN(), ofTokens.of(outer.getA()), slot(ringB, cursor), decayed, false);
  meanwhile();
  ofTokens.know(fromState, MmaWaitOp::create(b, 1, ValueRange(readState)).getResult(0));
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
  auto type = cast<SharedType>(whole.getType());
  Value place = RowsOp::create(b, SharedType::get({chunk, headRows}, type.getElementType(), type.getPitch()), whole,
                               arith::MulIOp::create(b, group, index(chunk)));
  oneThread([&] { WaitCopiesOp::create(b, buffers - 1, /*read=*/true); });
  SyncOp::create(b);
  ArriveOp::create(b, empty, cursor);
  ArriveOp::create(b, scoresEmpty, scoresCursor);
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
  bool tokensAlone = store.getValidDims() == ArrayRef<int64_t>{0}; // no head is cut
  if (!tokensAlone || !hasBulkStrides(store.getView().getType()))
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
