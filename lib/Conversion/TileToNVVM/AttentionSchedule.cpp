//===- AttentionSchedule.cpp - How Hopper runs attention ------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionSchedule.h"
#include "SharedPlan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"
#include <limits>

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

/// Queries of one group, which is a warpgroup.
static constexpr int64_t groupQueries = 64;

/// Scores may exceed the maximum by this factor, as a power of two, before it is moved: sums stay far from overflow.
static constexpr double slack = 8;

static constexpr double infinity = std::numeric_limits<double>::infinity();

static AttentionConfigAttr configOf(KernelOp kernel) { return kernel->getAttrOfType<AttentionConfigAttr>(kConfigAttr); }

AttentionSchedule::AttentionSchedule(KernelOp kernel, const AttentionText &text)
    : kernel(kernel), text(text), b(kernel.getLoc(), kernel->getContext()) {
  AttentionConfigAttr config = configOf(kernel);
  stages = config.getStages();
  groups = config.getGroups();
  raster = config.getRaster();
}

/// Bytes of shared memory.
static int64_t sharedBytes(const AttentionText &text, int64_t queryStages, int64_t stages) {
  auto stage = [&](int64_t rows) {
    return SharedPlan::stagePitch(RingType::get(1, {rows, text.headDim()}, text.element()));
  };
  return queryStages * stage(text.numQueries()) + 2 * stages * stage(text.numKeys()) + 1024;
}

bool AttentionSchedule::takes(KernelOp kernel, AttentionText text) {
  AttentionConfigAttr config = configOf(kernel);
  auto bulk = [](ViewType view) { // rows begin at multiples of 16 bytes
    return llvm::all_of(ArrayRef<int64_t>(view.getStrides()).drop_back(), [&](int64_t stride) {
      return stride * view.getElementType().getIntOrFloatBitWidth() % 128 == 0;
    });
  };
  auto views = {text.queries.getView(), text.keys.getView(), text.values.getView(), text.result.getView()};
  return config && config.getGroups() <= 3 && text.numQueries() == groupQueries * config.getGroups() &&
         (text.element().isBF16() || text.element().isF16()) && text.scale > 0 && text.headDim() % 16 == 0 &&
         text.headDim() <= 256 && text.numKeys() % 16 == 0 && text.numKeys() <= 256 &&
         sharedBytes(text, 1, config.getStages()) <= SharedPlan::limit &&
         llvm::all_of(views, [&](auto view) { return bulk(view.getType()); });
}

void AttentionSchedule::run() {
  SmallVector<Operation *> old;
  for (Operation &op : kernel.getBlock().without_terminator())
    old.push_back(&op);
  b.setInsertionPoint(kernel.getBlock().getTerminator());
  queryStages = sharedBytes(text, 2, stages) <= SharedPlan::limit ? 2 : 1;
  collectFields();
  createShared();
  const int64_t loadRegisters = 56, attendRegisters = groups <= 2 ? 224 : 144;
  createRole("load_queries", 0, 1, 1, loadRegisters, /*oneThread=*/true, [&](Value) { loadQueries(); });
  createRole("load_keys", 1, 1, 1, loadRegisters, /*oneThread=*/true, [&](Value) { loadKeys(); });
  createRole("load_values", 2, 1, 1, loadRegisters, /*oneThread=*/false, [&](Value) { loadValues(); });
  createRole("store", 3, 1, 1, loadRegisters, /*oneThread=*/true, [&](Value) { store(); });
  createRole("attend", 4, 4 * groups, groups, attendRegisters, /*oneThread=*/false, [&](Value group) { attend(group); });
  for (Operation *op : llvm::reverse(old))
    op->erase();
  kernel->setAttr("tile.schedule", ScheduleAttr::get(b.getContext(), 4 * (1 + groups), /*persistent=*/true));
}

void AttentionSchedule::createShared() {
  auto ring = [&](int64_t count, int64_t rows) -> Value {
    return RingOp::create(b, RingType::get(count, {rows, text.headDim()}, text.element()));
  };
  auto barrier = [&](int64_t count, int64_t arrivals) -> Value {
    return BarrierOp::create(b, BarrierType::get(b.getContext(), count), arrivals);
  };
  itemRing = RingOp::create(b, RingType::get(2, {1 + int64_t(fields.size())}, b.getI32Type()));
  itemsFull = barrier(2, 1);
  itemsEmpty = barrier(2, 3 + groups); // keys, values, results and each group of queries
  queryRing = ring(queryStages, text.numQueries());
  keyRing = ring(stages, text.numKeys());
  valueRing = ring(stages, text.numKeys());
  queriesFull = barrier(queryStages, 1);
  queriesEmpty = barrier(queryStages, 1);
  keysFull = barrier(stages, 1);
  keysEmpty = barrier(stages, groups);
  valuesFull = barrier(stages, 1);
  valuesEmpty = barrier(stages, groups);
  resultsFull = barrier(queryStages, groups);
  uncleared = barrier(1, 1);
  if (groups == 2)
    turns = barrier(1, 1);
}

void AttentionSchedule::createRole(StringRef name, int64_t firstWarp, int64_t warps, int64_t roleGroups,
                                   int64_t registers, bool oneThread, RoleBody body) {
  auto role = RoleOp::create(b, name, firstWarp, warps, roleGroups, registers, oneThread);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&role.getBody().emplaceBlock());
  alone = oneThread;
  body(role.getBlock().addArgument(b.getIndexType(), b.getLoc()));
  EndOp::create(b);
}

//===----------------------------------------------------------------------===//
// Blocks of the grid
//===----------------------------------------------------------------------===//

Value AttentionSchedule::gridSize(int64_t dimension) {
  auto fixed = kernel->getAttrOfType<DenseI64ArrayAttr>(kGridAttr);
  if (fixed && fixed[dimension])
    return index(fixed[dimension]);
  return GridOp::create(b, dimension);
}

/// Some rows, whose blocks are taken together: the last blocks of all their heads first, since they take longest.
AttentionSchedule::Section AttentionSchedule::sectionOf(Value number) {
  Value rows = gridSize(0), heads = gridSize(1), one = index(1);
  Section section;
  section.rows = b.createOrFold<arith::MaxUIOp>(div(index(raster), heads), one);
  section.firstRow = mul(number, section.rows);
  Value left = sub(rows, section.firstRow);
  section.isThere = less(index(0), left);
  section.height = arith::MinUIOp::create(b, arith::MaxSIOp::create(b, left, one), section.rows);
  section.size = mul(mul(section.rows, heads), gridSize(2));
  return section;
}

/// Maps the text's block to the `place`-th of a section, and says whether there is one.
Value AttentionSchedule::mapBlockIds(const Section &section, Value place, IRMapping &mapping) {
  Value heads = gridSize(1), blocks = gridSize(2);
  Value plane = mul(section.height, heads), fromLast = div32(place, plane);
  Value inPlane = sub(place, mul(fromLast, plane)), row = div32(inPlane, heads);
  Value ids[] = {add(section.firstRow, row), sub(inPlane, mul(row, heads)), sub(sub(blocks, index(1)), fromLast)};
  kernel.walk([&](BlockIdOp id) { mapping.map(id.getResult(), ids[id.getDimension()]); });
  return arith::AndIOp::create(b, section.isThere, less(fromLast, blocks));
}

/// Numbers of the text that the roles need of a block: what copies and stores are made from outside of the steps.
void AttentionSchedule::collectFields() {
  auto collect = [&](auto &&self, Value value) -> void {
    Operation *op = value.getDefiningOp();
    if (!op || op->hasTrait<OpTrait::ConstantLike>() || llvm::is_contained(fields, value))
      return;
    if (op->getBlock() != text.steps.getBody())
      return fields.push_back(value);
    for (Value operand : op->getOperands())
      self(self, operand);
  };
  auto collectAll = [&](OperandRange values) {
    for (Value value : values)
      collect(collect, value);
  };
  fields = {text.first, text.steps.getUpperBound()};
  for (StoreOp store : {text.result, text.logSumExp})
    if (store) {
      collectAll(store.getIndices());
      collectAll(store.getLower());
      collectAll(store.getUpper());
    }
  collectAll(text.keys.getIndices());
  collectAll(text.values.getIndices());
}

/// Chooses the blocks that fall to this worker and hands their numbers on; loads the queries of those that have some. Rounds
/// go up and down the workers, so that each has its share of the long ones. A round starts at a section's block; both
/// numbers are carried, since they are small and their product is not.
void AttentionSchedule::loadQueries() {
  auto worker = WorkerOp::create(b);
  Value total = countItems(), zero = index(0);
  auto rounds = scf::ForOp::create(b, zero, total, worker.getCount(),
                                   ValueRange{worker.getNumber(), zero, zero, start(itemRing, 1), start(queryRing, 1)});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(rounds.getBody());
  ValueRange carried = rounds.getRegionIterArgs();
  Value turned = carried[0], number = carried[1], base = carried[2], itemStage = carried[3], stage = carried[4];
  Value size = sectionOf(zero).size;
  auto split = [&](Value place) { // behind the section's end it lies in a later one
    Value more = div32(place, size);
    return std::pair(add(number, more), sub(place, mul(more, size)));
  };
  auto [own, place] = split(add(base, turned));
  auto [nextNumber, nextBase] = split(add(base, worker.getCount()));
  IRMapping scalars;
  Value isThere = mapBlockIds(sectionOf(own), place, scalars);
  Value active = arith::AndIOp::create(b, isThere, scalar(text.block.getCondition(), scalars));
  WaitOp::create(b, itemsEmpty, itemStage);
  Value item = slot(itemRing, itemStage);
  WriteSharedOp::create(b, arith::ExtUIOp::create(b, b.getI32Type(), active), item, zero);
  auto branch = scf::IfOp::create(b, TypeRange(stage.getType()), active, /*addThenBlock=*/true, /*addElseBlock=*/true);
  {
    OpBuilder::InsertionGuard inner(b);
    b.setInsertionPointToStart(branch.thenBlock());
    for (auto [n, field] : llvm::enumerate(fields)) {
      Value value = arith::IndexCastOp::create(b, b.getI32Type(), scalar(field, scalars));
      WriteSharedOp::create(b, value, item, index(1 + int64_t(n)));
    }
    ArriveOp::create(b, itemsFull, itemStage);
    SmallVector<Value> indices = indicesOf(text.queries.getIndices(), scalars);
    WaitOp::create(b, queriesEmpty, stage);
    copy(text.queries.getView(), indices, queryRing, stage, queriesFull, stage);
    scf::YieldOp::create(b, AdvanceOp::create(b, stage).getResult());
    b.setInsertionPointToStart(branch.elseBlock());
    ArriveOp::create(b, itemsFull, itemStage);
    scf::YieldOp::create(b, stage);
  }
  scf::YieldOp::create(b, ValueRange{sub(sub(worker.getCount(), index(1)), turned), nextNumber, nextBase,
                                     AdvanceOp::create(b, itemStage), branch.getResult(0)});
}

Value AttentionSchedule::countItems() { return mul(mul(gridSize(0), gridSize(1)), gridSize(2)); }

/// A field of an item, that is, a number of the text.
Value AttentionSchedule::field(Item &item, Value value) {
  int64_t n = llvm::find(fields, value) - fields.begin();
  if (n == int64_t(fields.size())) // a constant, or an argument
    return scalar(value, item.scalars);
  if (Value known = item.scalars.lookupOrNull(value))
    return known;
  Value read = ReadSharedOp::create(b, b.getI32Type(), item.slot, index(1 + n));
  Value wide = arith::IndexCastOp::create(b, b.getIndexType(), read);
  item.scalars.map(value, wide);
  return wide;
}

/// The items in their order. With `keep` the body releases them; otherwise it knows all fields, and they are free.
void AttentionSchedule::forItems(ValueRange inits, bool keep, ItemBody body) {
  SmallVector<Value> carried{start(itemRing, 0)};
  llvm::append_range(carried, inits);
  auto rounds = scf::ForOp::create(b, index(0), countItems(), WorkerOp::create(b).getCount(), carried);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(rounds.getBody());
  ValueRange state = ValueRange(rounds.getRegionIterArgs()).drop_front();
  Item item;
  item.stage = rounds.getRegionIterArg(0);
  WaitOp::create(b, itemsFull, item.stage);
  item.slot = slot(itemRing, item.stage);
  Value flag = arith::IndexCastOp::create(b, b.getIndexType(),
                                          ReadSharedOp::create(b, b.getI32Type(), item.slot, index(0)));
  item.first = field(item, text.first);
  int64_t rowDimension = text.result.getView().getType().getRank() - 2;
  item.remaining = sub(field(item, text.result.getUpper()[0]), field(item, text.result.getIndices()[rowDimension]));
  Value visible = field(item, text.steps.getUpperBound());
  item.steps = div(add(visible, index(text.numKeys() - 1)), index(text.numKeys()));
  if (!keep) {
    for (Value value : fields)
      field(item, value);
    release(item);
  }
  auto branch = scf::IfOp::create(b, inits.getTypes(), less(index(0), flag), /*addThenBlock=*/true, /*addElseBlock=*/true);
  {
    OpBuilder::InsertionGuard inner(b);
    b.setInsertionPointToStart(branch.elseBlock());
    if (keep)
      release(item);
    scf::YieldOp::create(b, state);
    b.setInsertionPointToStart(branch.thenBlock());
    scf::YieldOp::create(b, body(item, state));
  }
  SmallVector<Value> next{AdvanceOp::create(b, item.stage)};
  llvm::append_range(next, branch.getResults());
  scf::YieldOp::create(b, next);
}

/// All threads of the group have read the item.
void AttentionSchedule::release(const Item &item) {
  if (!alone)
    SyncOp::create(b);
  ArriveOp::create(b, itemsEmpty, item.stage);
}

/// The first position of the step that is `number` before the last.
Value AttentionSchedule::startOf(const Item &item, Value number) {
  return mul(sub(sub(item.steps, index(1)), number), index(text.numKeys()));
}

//===----------------------------------------------------------------------===//
// Loads and stores
//===----------------------------------------------------------------------===//

Value AttentionSchedule::start(Value ring, int64_t phase) {
  return StartOp::create(b, CursorType::get(b.getContext(), cast<RingType>(ring.getType()).getStages()), phase);
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
          return {AdvanceOp::create(b, inner[0])};
        }));
  });
}

/// A page may hold anything behind the sequence's end, and zero times anything is not zero.
void AttentionSchedule::loadValues() {
  Value once = StartOp::create(b, CursorType::get(b.getContext(), 1), 0);
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
            scf::YieldOp::create(b, AdvanceOp::create(b, clear).getResult());
            b.setInsertionPointToStart(branch.elseBlock());
            copy(view, indices, valueRing, stage, valuesFull, stage);
            scf::YieldOp::create(b, clear);
          }
          return {AdvanceOp::create(b, stage), branch.getResult(0)};
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
    return {AdvanceOp::create(b, stage)};
  });
  WaitCopiesOp::create(b, 0, /*read=*/false);
}

//===----------------------------------------------------------------------===//
// Groups of queries
//===----------------------------------------------------------------------===//

void AttentionSchedule::attend(Value group) {
  Value keys = start(keyRing, 0), first = start(queryRing, 0);
  Value firstRow = mul(group, index(groupQueries));
  if (turns)
    turn = firstTurn(group);
  forItems({keys, first}, /*keep=*/true, [&](Item &item, ValueRange carried) -> SmallVector<Value> {
    Value stage = carried[0], queryStage = carried[1];
    item.first = add(item.first, firstRow);
    WaitOp::create(b, queriesFull, queryStage);
    Value queries = rowsOf(slot(queryRing, queryStage), firstRow);
    Running running = firstStep(item, queries, stage, firstRow);
    // Steps whose keys all lie at or before the group's first query need no mask.
    Value unmasked = div(add(item.first, index(1)), index(text.numKeys()));
    Value change = arith::MaxSIOp::create(b, sub(item.steps, unmasked), index(1));
    running = furtherSteps(item, queries, index(1), change, /*masked=*/true, running);
    running = furtherSteps(item, queries, change, item.steps, /*masked=*/false, running);
    finish(item, running, queryStage, firstRow);
    return {AdvanceOp::create(b, running.stage), AdvanceOp::create(b, queryStage)};
  });
}

/// Two groups start their products in turns, the first one first: then the weights of one are made beside the products of the
/// other. A turn ends a phase, and a group waits for the other's: those of even number for group 1, of odd number for group 0.
Value AttentionSchedule::firstTurn(Value group) {
  auto type = CursorType::get(b.getContext(), 1);
  auto branch = scf::IfOp::create(b, TypeRange(type), less(group, index(1)), /*addThenBlock=*/true, /*addElseBlock=*/true);
  OpBuilder::InsertionGuard guard(b);
  for (auto [block, phase] : {std::pair(branch.thenBlock(), 1), std::pair(branch.elseBlock(), 0)}) {
    b.setInsertionPointToStart(block);
    scf::YieldOp::create(b, StartOp::create(b, type, phase).getResult());
  }
  return branch.getResult(0);
}

AttentionSchedule::Running AttentionSchedule::firstStep(const Item &item, Value queries, Value stage, Value firstRow) {
  WaitOp::create(b, keysFull, stage);
  Value product = MmaAsyncOp::create(b, tile({groupQueries, text.numKeys()}), queries, slot(keyRing, stage), Value(),
                                     /*transpose_a=*/false, /*transpose_b=*/true, /*open=*/false);
  Value scores = MmaWaitOp::create(b, 0, product).getResult(0);
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
  Value next = AdvanceOp::create(b, running.stage);
  WaitOp::create(b, keysFull, next);
  if (turn)
    WaitOp::create(b, turns, turn);
  Value product = MmaAsyncOp::create(b, tile({groupQueries, text.numKeys()}), queries, slot(keyRing, next), Value(),
                                     /*transpose_a=*/false, /*transpose_b=*/true, /*open=*/false);
  Value added = weighValues(running);
  Value scores = MmaWaitOp::create(b, 1, product).getResult(0);
  ArriveOp::create(b, keysEmpty, next);
  if (turn) // the product with the values still runs when the other group starts its own
    ArriveOp::create(b, turns, turn);
  if (masked)
    scores = mask(item, scores, steps.getInductionVar());
  Value top = FoldOp::create(b, ReduceKind::Max, scores, splat(-infinity, {groupQueries, 4}));
  finishValues(running, added);
  Value weights = weightsOf(scores, running.maximum);
  Value sum = FoldOp::create(b, ReduceKind::Add, weights, running.sum);
  Value packed = rounded(weights);
  WaitOp::create(b, valuesFull, next);
  Value limit = map(running.maximum, [&](ValueRange e) -> Value {
    return arith::AddFOp::create(b, e[0], number(slack / factor()));
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

/// Starts out + weights . values.
Value AttentionSchedule::weighValues(const Running &running) {
  return MmaAsyncOp::create(b, cast<TileType>(running.out.getType()), running.weights, slot(valueRing, running.stage),
                            running.out, /*transpose_a=*/false, /*transpose_b=*/false, /*open=*/false);
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
  finishValues(running, weighValues(running));
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
    StoreSharedOp::create(b, result, rowsOf(slot(queryRing, queryStage), firstRow));
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

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// From a score to the exponent of two of its weight.
double AttentionSchedule::factor() const { return text.scale * 1.4426950408889634; }

Value AttentionSchedule::index(int64_t value) { return arith::ConstantIndexOp::create(b, value); }

Value AttentionSchedule::number(double value) {
  return arith::ConstantOp::create(b, b.getF32FloatAttr(float(value)));
}

/// A number of the text, with what it is made of.
Value AttentionSchedule::scalar(Value value, IRMapping &mapping) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  Operation *op = value.getDefiningOp();
  if (!op) // an argument of the kernel
    return value;
  for (Value operand : op->getOperands())
    scalar(operand, mapping);
  b.clone(*op, mapping);
  return mapping.lookup(value);
}

Value AttentionSchedule::slot(Value ring, Value stage) {
  auto type = cast<RingType>(ring.getType());
  return SlotOp::create(b, SharedType::get(type.getShape(), type.getElementType()), ring, stage);
}

/// A group's rows of the block's.
Value AttentionSchedule::rowsOf(Value shared, Value firstRow) {
  auto whole = cast<SharedType>(shared.getType());
  auto part = SharedType::get({groupQueries, whole.getShape()[1]}, whole.getElementType(), whole.getPitch());
  return RowsOp::create(b, part, shared, firstRow);
}

TileType AttentionSchedule::tile(ArrayRef<int64_t> shape) { return TileType::get(shape, b.getF32Type()); }

Value AttentionSchedule::splat(double value, ArrayRef<int64_t> shape) {
  return SplatOp::create(b, tile(shape), number(value));
}

Value AttentionSchedule::map(ValueRange tiles, Function function, Type element) {
  auto shape = cast<TileType>(tiles[0].getType()).getShape();
  return MapOp::create(b, TileType::get(shape, element ? element : b.getF32Type()), tiles, /*coordinates=*/false,
                       [&](OpBuilder &builder, Location, ValueRange e) -> Value {
                         OpBuilder::InsertionGuard guard(b);
                         b.restoreInsertionPoint(builder.saveInsertionPoint());
                         return function(e);
                       });
}

/// A function of an element and its coordinates.
Value AttentionSchedule::mapAt(Value tile, Function function) {
  return MapOp::create(b, cast<TileType>(tile.getType()), tile, /*coordinates=*/true,
                       [&](OpBuilder &builder, Location, ValueRange e) -> Value {
                         OpBuilder::InsertionGuard guard(b);
                         b.restoreInsertionPoint(builder.saveInsertionPoint());
                         return function(e);
                       });
}

Value AttentionSchedule::rounded(Value tile) {
  return map(tile, [&](ValueRange e) -> Value { return arith::TruncFOp::create(b, text.element(), e[0]); },
             text.element());
}

Value AttentionSchedule::alongRows(Value vector, int64_t columns) {
  return BroadcastOp::create(b, tile({groupQueries, columns}), vector, 1);
}

Value AttentionSchedule::add(Value a, Value c) { return b.createOrFold<arith::AddIOp>(a, c); }
Value AttentionSchedule::sub(Value a, Value c) { return b.createOrFold<arith::SubIOp>(a, c); }
Value AttentionSchedule::mul(Value a, Value c) { return b.createOrFold<arith::MulIOp>(a, c); }
Value AttentionSchedule::div(Value a, Value c) { return b.createOrFold<arith::DivUIOp>(a, c); }
/// Of numbers below 2^31: a division of 64 bits is a call.
Value AttentionSchedule::div32(Value a, Value c) {
  auto narrow = [&](Value value) { return b.createOrFold<arith::IndexCastOp>(b.getI32Type(), value); };
  return b.createOrFold<arith::IndexCastOp>(b.getIndexType(), b.createOrFold<arith::DivUIOp>(narrow(a), narrow(c)));
}
Value AttentionSchedule::less(Value a, Value c) {
  return b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::slt, a, c);
}
