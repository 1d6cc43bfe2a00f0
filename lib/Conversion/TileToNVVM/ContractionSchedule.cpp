//===- ContractionSchedule.cpp - How Hopper runs a contraction ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionSchedule.h"
#include "SharedPlan.h"
#include "TensorMaps.h"
#include "TextSlice.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

static constexpr int64_t loadRegisters = 40, multiplyRegisters = 232;

bool ContractionSchedule::run() {
  if (!matches() || !fits() || !chooseStages())
    return false;
  replaceText([&] {
    createShared();
    createLoadRole();
    createMultiplyRole();
    return cluster;
  });
  return true;
}

//===----------------------------------------------------------------------===//
// The text
//===----------------------------------------------------------------------===//

/// One loop of two loads and a product, whose sums start at zero; then stores of what is made of them row by row and
/// column by column.
bool ContractionSchedule::matches() {
  for (Operation &op : kernel.getBlock()) {
    if (auto store = dyn_cast<StoreOp>(op))
      stores.push_back(store);
    auto found = dyn_cast<scf::ForOp>(op);
    if ((found && loop) || isa<scf::IfOp, WriteOp, MmaOp>(op))
      return false;
    loop = found ? found : loop;
  }
  if (!loop || loop.getNumResults() != 1)
    return false;
  mma = loop.getBody()->getTerminator()->getOperand(0).getDefiningOp<MmaOp>();
  if (!mma || mma.getAccumulator() != loop.getRegionIterArg(0))
    return false;
  loadA = mma.getA().getDefiningOp<LoadOp>();
  loadB = mma.getB().getDefiningOp<LoadOp>();
  auto isPlain = [&](LoadOp load) { return load && load->getBlock() == loop.getBody() && load.getValidDims().empty(); };
  auto zero = loop.getInitArgs()[0].getDefiningOp<SplatOp>();
  return isPlain(loadA) && isPlain(loadB) && zero && matchPattern(zero.getValue(), m_AnyZeroFloat()) &&
         !stores.empty() && llvm::all_of(stores, [&](StoreOp store) {
           return store.getValue().getType().getShape() == mma.getType().getShape() &&
                  TextSlice::isPossible(store.getValue(), loop.getResult(0));
         });
}

/// A panel of the result for each of a group's 64 rows: what one bulk copy stores.
static TileType panelOf(StoreOp store, int64_t rows) {
  Type element = store.getValue().getType().getElementType();
  int64_t columns = std::min<int64_t>(store.getValue().getType().getColumns(), 1024 / element.getIntOrFloatBitWidth());
  return TileType::get({rows, columns}, element);
}

/// The sizes are those of the matrix instructions and of whole panels.
bool ContractionSchedule::fits() {
  if (auto config = kernel->getAttrOfType<ContractionConfigAttr>("tile.config")) {
    stages = config.getStages();
    groups = config.getGroups();
    raster = config.getRaster();
    cluster = config.getCluster();
  }
  Type element = mma.getA().getType().getElementType();
  int64_t m = mma.getM(), n = mma.getN(), k = mma.getK();
  return (element.isBF16() || element.isF16()) && m % (64 * groups) == 0 && n % 8 == 0 && n <= 256 && k % 16 == 0 &&
         llvm::all_of(stores, [&](StoreOp store) {
           return store.getValue().getType().getColumns() % panelOf(store, m).getColumns() == 0;
         });
}

//===----------------------------------------------------------------------===//
// Shared memory
//===----------------------------------------------------------------------===//

static RingType ringOf(int64_t stages, TileType tile) {
  return RingType::get(stages, tile.getShape(), tile.getElementType());
}

static bool isStaged(StoreOp store) { return store.getValidDims().empty(); }

/// As many stages as the config asks for, or fewer if they do not fit. A group makes panels of its result in two buffers
/// in turn; in one, where the second would leave fewer than three stages. A step's product is under way while the next
/// step's tiles are waited for, so with one stage nobody would go on.
bool ContractionSchedule::chooseStages() {
  int64_t step = SharedPlan::stagePitch(ringOf(1, loadA.getType())) + SharedPlan::stagePitch(ringOf(1, loadB.getType()));
  int64_t panels = 0; // bytes of one buffer of each group
  for (StoreOp store : stores)
    if (isStaged(store))
      panels += groups * SharedPlan::stagePitch(ringOf(1, panelOf(store, mma.getM() / groups)));
  auto fitting = [&](int64_t buffers) {
    int64_t barriers = 1024;
    return std::min(stages, (SharedPlan::limit - barriers - buffers * panels) / step);
  };
  buffers = fitting(2) < std::min<int64_t>(stages, 3) && fitting(1) > fitting(2) ? 1 : 2;
  stages = fitting(buffers);
  return stages >= 2;
}

void ContractionSchedule::createShared() {
  bulk = allowsBulkCopies(loadA.getView()) && allowsBulkCopies(loadB.getView());
  if (!bulk || loadB.getType().getShape()[0] % (8 * cluster) != 0)
    cluster = 1;
  ringA = createRing(stages, loadA.getType());
  ringB = createRing(stages, loadB.getType());
  for (StoreOp store : stores)
    staging.push_back(isStaged(store) ? createRing(buffers * groups, panelOf(store, mma.getM() / groups)) : Value());
  full = createBarrier(stages, 1);
  empty = createBarrier(stages, groups * cluster);
}

//===----------------------------------------------------------------------===//
// Blocks of the grid
//===----------------------------------------------------------------------===//

/// The rows of blocks, or of clusters of them.
static Value countRows(ImplicitLocOpBuilder &b, int64_t cluster) {
  Value rows = GridOp::create(b, 0);
  if (cluster == 1)
    return rows;
  Value more = arith::AddIOp::create(b, rows, arith::ConstantIndexOp::create(b, cluster - 1));
  return arith::DivUIOp::create(b, more, arith::ConstantIndexOp::create(b, cluster));
}

Value ContractionSchedule::rankInCluster() {
  return arith::RemUIOp::create(b, WorkerOp::create(b).getNumber(), index(cluster));
}

/// Block number `work` in the order that keeps operands in the cache: `raster` rows of blocks are walked together. With
/// clusters it is the number of one; a block behind the last row has nothing to load or store, but takes part.
void ContractionSchedule::mapBlockIds(Value work, IRMapping &mapping) {
  Value rows = countRows(b, cluster), columns = GridOp::create(b, 1), group = index(std::max<int64_t>(1, raster / cluster));
  Value plane = arith::MulIOp::create(b, rows, columns);
  Value inPlane = arith::RemUIOp::create(b, work, plane);
  Value width = arith::MulIOp::create(b, group, columns);
  Value firstRow = arith::MulIOp::create(b, arith::DivUIOp::create(b, inPlane, width), group);
  Value inGroup = arith::RemUIOp::create(b, inPlane, width);
  Value height = arith::MinUIOp::create(b, arith::SubIOp::create(b, rows, firstRow), group);
  Value ids[] = {arith::AddIOp::create(b, firstRow, arith::RemUIOp::create(b, inGroup, height)),
                 arith::DivUIOp::create(b, inGroup, height), arith::DivUIOp::create(b, work, plane)};
  if (cluster > 1)
    ids[0] = arith::AddIOp::create(b, arith::MulIOp::create(b, ids[0], index(cluster)), rankInCluster());
  kernel.walk([&](BlockIdOp id) { mapping.map(id.getResult(), ids[id.getDimension()]); });
}

/// for each block that falls to this worker; carries a cursor.
Value ContractionSchedule::forBlocks(Value cursor, BlockBody body) {
  auto worker = WorkerOp::create(b);
  Value first = worker.getNumber(), step = worker.getCount(), total = countRows(b, cluster);
  for (int64_t d : {1, 2})
    total = arith::MulIOp::create(b, total, GridOp::create(b, d));
  if (cluster > 1) {
    first = arith::DivUIOp::create(b, first, index(cluster));
    step = arith::DivUIOp::create(b, step, index(cluster));
  }
  auto blocks = scf::ForOp::create(b, first, total, step, ValueRange(cursor));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(blocks.getBody());
  IRMapping mapping;
  mapBlockIds(blocks.getInductionVar(), mapping);
  cloneScalars(kernel.getBlock(), mapping);
  scf::YieldOp::create(b, body(mapping, blocks.getRegionIterArg(0)));
  return blocks.getResult(0);
}

//===----------------------------------------------------------------------===//
// Load
//===----------------------------------------------------------------------===//

void ContractionSchedule::createLoadRole() {
  createRole("load", 0, 4, 1, loadRegisters, /*oneThread=*/bulk, [&](Value) {
    forBlocks(start(stages, 1), [&](IRMapping &mapping, Value cursor) { return loadSteps(mapping, cursor); });
  });
}

Value ContractionSchedule::loadSteps(IRMapping &mapping, Value cursor) {
  auto steps = scf::ForOp::create(b, mapping.lookupOrDefault(loop.getLowerBound()),
                                  mapping.lookupOrDefault(loop.getUpperBound()),
                                  mapping.lookupOrDefault(loop.getStep()), ValueRange(cursor));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(steps.getBody());
  Value stage = steps.getRegionIterArg(0);
  mapping.map(loop.getInductionVar(), steps.getInductionVar());
  cloneScalars(*loop.getBody(), mapping);
  WaitOp::create(b, empty, stage);
  auto copy = [&](LoadOp load, Value ring, bool shared) {
    auto type = cast<RingType>(ring.getType());
    Value place = slot(ring, stage);
    SmallVector<Value> indices = mapped(load.getIndices(), mapping);
    if (shared) { // each of the cluster's blocks brings some rows to all of them
      int64_t rows = type.getShape()[0] / cluster;
      Value first = arith::MulIOp::create(b, rankInCluster(), index(rows));
      place = rowsOf(place, first, rows);
      Value &row = indices[indices.size() - 2];
      row = arith::AddIOp::create(b, row, first);
    }
    CopyInOp::create(b, load.getView(), indices, place, bulk ? full : Value(), bulk ? stage : Value(), shared);
  };
  if (bulk)
    ExpectOp::create(b, full, stage, cast<RingType>(ringA.getType()).getStageBytes() +
                                         cast<RingType>(ringB.getType()).getStageBytes());
  copy(loadA, ringA, /*shared=*/false);
  copy(loadB, ringB, /*shared=*/cluster > 1);
  if (!bulk) {
    FenceAsyncOp::create(b);
    SyncOp::create(b);
    ArriveOp::create(b, full, stage);
  }
  scf::YieldOp::create(b, advance(stage));
  return steps.getResult(0);
}

//===----------------------------------------------------------------------===//
// Multiply
//===----------------------------------------------------------------------===//

void ContractionSchedule::createMultiplyRole() {
  createRole("multiply", 4, 4 * groups, groups, multiplyRegisters, /*oneThread=*/false, [&](Value group) {
    forBlocks(start(stages, 0), [&](IRMapping &mapping, Value cursor) {
      Value sum, next = multiplySteps(mapping, cursor, group, sum);
      for (StoreOp store : stores)
        storeResult(store, mapping, group, sum);
      return next;
    });
    oneThread([&] { WaitCopiesOp::create(b, 0, /*read=*/false); });
  });
}

/// The group's rows of both operands' tiles at a stage, multiplied; the accumulator may be null.
Value ContractionSchedule::product(Value cursor, Value group, Value accumulator) {
  int64_t rows = mma.getM() / groups;
  Value a = slot(ringA, cursor);
  auto whole = cast<SharedType>(a.getType());
  if (groups > 1 && mma.getTransposeA()) {
    auto part = SharedType::get({whole.getShape()[0], rows}, whole.getElementType(), whole.getPitch());
    a = PanelsOp::create(b, part, a, arith::MulIOp::create(b, group, index(rows / whole.getPanelColumns())));
  } else if (groups > 1) {
    a = rowsOf(a, arith::MulIOp::create(b, group, index(rows)), rows);
  }
  auto type = TileType::get({rows, mma.getN()}, b.getF32Type());
  return MmaAsyncOp::create(b, type, a, slot(ringB, cursor), accumulator, mma.getTransposeA(), mma.getTransposeB(),
                            /*open=*/false);
}

/// All steps; `sum` becomes the group's rows of the accumulator. A stage is free when the product after the one that
/// read it is under way alone.
Value ContractionSchedule::multiplySteps(IRMapping &mapping, Value cursor, Value group, Value &sum) {
  Value step = mapping.lookupOrDefault(loop.getStep());
  Value second = arith::AddIOp::create(b, mapping.lookupOrDefault(loop.getLowerBound()), step);
  WaitOp::create(b, full, cursor);
  Value first = product(cursor, group, Value());
  Value next = advance(cursor);
  auto steps = scf::ForOp::create(b, second, mapping.lookupOrDefault(loop.getUpperBound()), step,
                                  ValueRange{next, cursor, first});
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(steps.getBody());
    Value stage = steps.getRegionIterArg(0), before = steps.getRegionIterArg(1);
    WaitOp::create(b, full, stage);
    Value added = product(stage, group, steps.getRegionIterArg(2));
    MmaWaitOp::create(b, 1, ValueRange());
    ArriveOp::create(b, empty, before, /*each=*/false, /*cluster=*/cluster > 1);
    scf::YieldOp::create(b, ValueRange{advance(stage), stage, added});
  }
  sum = MmaWaitOp::create(b, 0, ValueRange(steps.getResult(2))).getResult(0);
  ArriveOp::create(b, empty, steps.getResult(1), /*each=*/false, /*cluster=*/cluster > 1);
  return steps.getResult(0);
}

/// A store of the text, panel by panel: the panel's values are computed, written to a buffer of the group, and
/// copied from there while the next panel is made.
void ContractionSchedule::storeResult(StoreOp store, IRMapping &mapping, Value group, Value sum) {
  unsigned number = llvm::find(stores, store) - stores.begin();
  int64_t rows = mma.getM() / groups, width = store.getValue().getType().getColumns();
  int64_t panel = panelOf(store, rows).getColumns();
  bool bulkStore = allowsBulkCopies(store.getView());
  Value firstRow = arith::MulIOp::create(b, group, index(rows));
  for (int64_t column = 0; column < width; column += panel) {
    TextSlice slice(b, mapping, firstRow, rows, column, std::min(panel, width - column));
    slice.know(loop.getResult(0), sum);
    Value part = slice.of(store.getValue());
    SmallVector<Value> indices = slice.indices(store.getIndices(), true, true);
    if (!staging[number]) {
      StoreOp::create(b, part, store.getView(), indices, mapped(store.getLower(), mapping),
                      mapped(store.getUpper(), mapping), store.getValidDims());
      continue;
    }
    Value buffer = arith::AddIOp::create(b, arith::MulIOp::create(b, group, index(buffers)), index(column / panel % buffers));
    Value place = slot(staging[number], buffer);
    // Panels take the buffers in turn; the first one of a block follows the last one of the block before.
    bool sameBuffer = buffers == 1 || (column == 0 && llvm::divideCeil(width, panel) % 2 == 1);
    if (bulkStore)
      oneThread([&] { WaitCopiesOp::create(b, sameBuffer ? 0 : 1, /*read=*/true); });
    SyncOp::create(b);
    StoreSharedOp::create(b, part, place);
    if (bulkStore)
      FenceAsyncOp::create(b);
    SyncOp::create(b);
    if (!bulkStore) {
      CopyOutOp::create(b, place, store.getView(), indices, /*bulk=*/false);
      continue;
    }
    oneThread([&] {
      CopyOutOp::create(b, place, store.getView(), indices, /*bulk=*/true);
      CommitCopiesOp::create(b);
    });
  }
}
