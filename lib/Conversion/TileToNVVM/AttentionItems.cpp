//===- AttentionItems.cpp - Which blocks of attention a worker takes ------===//
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
    auto tell = [&](llvm::function_ref<Value(Value)> numberOf) {
      for (auto [n, field] : llvm::enumerate(fields))
        WriteSharedOp::create(b, numberOf(field), item, index(1 + int64_t(n)));
      ArriveOp::create(b, itemsFull, itemStage);
    };
    tell([&](Value field) { return arith::IndexCastOp::create(b, b.getI32Type(), scalar(field, scalars)); });
    SmallVector<Value> indices = indicesOf(text.queries.getIndices(), scalars);
    WaitOp::create(b, queriesEmpty, stage);
    copy(text.queries.getView(), indices, queryRing, stage, queriesFull, stage);
    scf::YieldOp::create(b, advance(stage));
    b.setInsertionPointToStart(branch.elseBlock());
    Value none = arith::ConstantIntOp::create(b, b.getI32Type(), 0); // who reads them does so before the flag
    tell([&](Value) { return none; });
    scf::YieldOp::create(b, stage);
  }
  scf::YieldOp::create(b, ValueRange{sub(sub(worker.getCount(), index(1)), turned), nextNumber, nextBase,
                                     advance(itemStage), branch.getResult(0)});
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
  SmallVector<Value> next{advance(item.stage)};
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
