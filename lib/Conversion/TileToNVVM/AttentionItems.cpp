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

/// Heads of a section: as many as have about `raster` blocks in the longest row, so that a section's keys and values stay
/// in a cache; and at least one. The last section may have fewer.
Value AttentionSchedule::headsOfSection() {
  return b.createOrFold<arith::MaxUIOp>(div32(index(raster), gridSize(2)), index(1));
}

/// Blocks of the longest row that the heads from `first` on, so many of them, belong to.
Value AttentionSchedule::longestOf(Value first, Value heads) {
  Value headsOfRow = gridSize(1), last = add(add(first, heads), sub(headsOfRow, index(1)));
  auto rows = scf::ForOp::create(b, div32(first, headsOfRow), div32(last, headsOfRow), index(1), index(0));
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(rows.getBody());
    IRMapping scalars;
    mapBlockIds({rows.getInductionVar(), index(0), index(0)}, scalars);
    Value tokens = sub(scalar(text.endOfRow(), scalars), scalar(text.firstToken(), scalars));
    Value longest = arith::MaxSIOp::create(b, tokens, rows.getRegionIterArg(0));
    scf::YieldOp::create(b, longest);
  }
  return div(add(rows.getResult(0), index(text.numQueries() - 1)), index(text.numQueries()));
}

Value AttentionSchedule::sizeOf(const Place &section) { return mul(section.width, section.blocks); }

/// The section that has the place, or the last one if none has it. The first call starts at no section, in front of all.
AttentionSchedule::Place AttentionSchedule::seek(const Place &from) {
  Value all = mul(gridSize(0), gridSize(1)), heads = headsOfSection();
  return Place(whileDo(
      from.values(),
      [&](ValueRange carried) {
        Place place(carried);
        Value isBehind = less(sub(sizeOf(place), index(1)), place.number);
        return arith::AndIOp::create(b, less(place.end, all), isBehind);
      },
      [&](ValueRange carried) {
        Place place(carried);
        Value width = arith::MinSIOp::create(b, sub(all, place.end), heads);
        Place next{sub(place.number, sizeOf(place)), add(place.end, width), width, longestOf(place.end, width)};
        return next.values();
      }));
}

/// The text's block at a place of its section: the last blocks of all heads come first, since they take longest.
void AttentionSchedule::mapBlockIds(const Place &place, IRMapping &mapping) {
  Value heads = gridSize(1), fromLast = div32(place.number, place.width);
  Value head = add(sub(place.end, place.width), sub(place.number, mul(fromLast, place.width)));
  Value row = div32(head, heads);
  mapBlockIds({row, sub(head, mul(row, heads)), sub(sub(place.blocks, index(1)), fromLast)}, mapping);
}

void AttentionSchedule::mapBlockIds(ArrayRef<Value> ids, IRMapping &mapping) {
  kernel.walk([&](BlockIdOp id) { mapping.map(id.getResult(), ids[id.getDimension()]); });
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

/// While `more` holds of what is carried, `body` makes what is carried next.
ValueRange AttentionSchedule::whileDo(ValueRange inits, Condition more, LoopBody body) {
  auto loop = scf::WhileOp::create(b, inits.getTypes(), inits);
  OpBuilder::InsertionGuard guard(b);
  SmallVector<Location> locations(inits.size(), b.getLoc());
  ValueRange before = b.createBlock(&loop.getBefore(), {}, inits.getTypes(), locations)->getArguments();
  scf::ConditionOp::create(b, more(before), before);
  ValueRange after = b.createBlock(&loop.getAfter(), {}, inits.getTypes(), locations)->getArguments();
  scf::YieldOp::create(b, body(after));
  return loop.getResults();
}

/// Takes blocks of the grid and hands their numbers on; loads the queries of those that have some. The first block is the
/// worker's own, the others come from the counter: who is free takes the next one. It is drawn when an item before has left
/// its stage, and one turn ahead: late, so that no worker holds what another one has time for, and early enough to hide the
/// memory's answer.
void AttentionSchedule::loadQueries() {
  auto worker = WorkerOp::create(b);
  Place own = seek({worker.getNumber(), index(0), index(0), index(0)});
  SmallVector<Value> inits{worker.getNumber(), start(itemRing, 1), start(queryRing, 1)};
  llvm::append_range(inits, own.values());
  ValueRange last = whileDo(
      inits,
      [&](ValueRange carried) {
        Place place(carried.drop_front(3));
        return less(place.number, sizeOf(place));
      },
      [&](ValueRange carried) {
        Value number = carried[0];
        Place place(carried.drop_front(3));
        WaitOp::create(b, itemsEmpty, carried[1]);
        Value next = add(worker.getCount(), DrawOp::create(b, text.counter));
        IRMapping scalars;
        mapBlockIds(place, scalars);
        ValueRange cursors = handOn(scalars, carried.slice(1, 2));
        place.number = add(place.number, sub(next, number));
        SmallVector<Value> results{next, cursors[0], cursors[1]};
        llvm::append_range(results, seek(place).values());
        return results;
      });
  WaitOp::create(b, itemsEmpty, last[1]);
  WriteSharedOp::create(b, arith::ConstantIntOp::create(b, 0, 32), slot(itemRing, last[1]), index(0));
  ArriveOp::create(b, itemsFull, last[1]);
}

/// Hands an item on if it has queries, and loads them. Takes and gives the cursors of items and queries.
ValueRange AttentionSchedule::handOn(IRMapping &scalars, ValueRange cursors) {
  Value active = scalar(text.block.getCondition(), scalars), itemStage = cursors[0], stage = cursors[1];
  auto branch = scf::IfOp::create(b, cursors.getTypes(), active, /*addThenBlock=*/true, /*addElseBlock=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.elseBlock());
  scf::YieldOp::create(b, cursors);
  b.setInsertionPointToStart(branch.thenBlock());
  Value item = slot(itemRing, itemStage);
  WriteSharedOp::create(b, arith::ConstantIntOp::create(b, 1, 32), item, index(0));
  for (auto [n, field] : llvm::enumerate(fields)) {
    Value value = arith::IndexCastOp::create(b, b.getI32Type(), scalar(field, scalars));
    WriteSharedOp::create(b, value, item, index(1 + int64_t(n)));
  }
  ArriveOp::create(b, itemsFull, itemStage);
  SmallVector<Value> indices = indicesOf(text.queries.getIndices(), scalars);
  WaitOp::create(b, queriesEmpty, stage);
  copy(text.queries.getView(), indices, queryRing, stage, queriesFull, stage);
  scf::YieldOp::create(b, ValueRange{advance(itemStage), advance(stage)});
  return branch.getResults();
}

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

/// The items in their order, until there is none. With `keep` the body releases them; otherwise it knows all fields, and
/// they are free.
void AttentionSchedule::forItems(ValueRange inits, bool keep, ItemBody body) {
  SmallVector<Value> carried{start(itemRing, 0)};
  llvm::append_range(carried, inits);
  whileDo(
      carried,
      [&](ValueRange carried) {
        WaitOp::create(b, itemsFull, carried[0]);
        Value isThere = ReadSharedOp::create(b, b.getI32Type(), slot(itemRing, carried[0]), index(0));
        return less(index(0), arith::IndexCastOp::create(b, b.getIndexType(), isThere));
      },
      [&](ValueRange carried) {
        Item item = readItem(carried[0]);
        if (!keep) {
          for (Value value : fields)
            field(item, value);
          release(item);
        }
        SmallVector<Value> next = body(item, carried.drop_front());
        next.insert(next.begin(), advance(item.stage));
        return next;
      });
}

AttentionSchedule::Item AttentionSchedule::readItem(Value stage) {
  Item item;
  item.stage = stage;
  item.slot = slot(itemRing, stage);
  item.first = field(item, text.first);
  item.remaining = sub(field(item, text.endOfRow()), field(item, text.firstToken()));
  Value visible = field(item, text.steps.getUpperBound());
  item.steps = div(add(visible, index(text.numKeys() - 1)), index(text.numKeys()));
  return item;
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
