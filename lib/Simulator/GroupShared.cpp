//===- GroupShared.cpp - What the groups of a block notice of each other --===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Group.h"
#include "Products.h"
#include "ThreadBlock.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace braid::simulator;
using namespace braid::tile;

LogicalResult Group::executeShared(Operation &op) {
  auto part = [&](Value result, SharedTile tile) { return define(result, tile), success(); };
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case([&](SlotOp slot) -> LogicalResult {
        int64_t stage = stageOf(slot.getStage()), stages = slot.getRing().getType().getStages();
        if (stage < 0 || stage >= stages)
          return fail(slot) << "expects a stage from 0 to " << stages - 1 << ", found " << stage;
        return part(slot, block.shared.slot(get<Resource>(slot.getRing()).number, stage));
      })
      .Case([&](RowsOp rows) -> LogicalResult {
        SharedTile tile = get<SharedTile>(rows.getInput());
        int64_t from = integer(rows.getFirst()), count = rows.getType().getShape()[0];
        bool isVector = rows.getType().getRank() == 1;
        int64_t &first = isVector ? tile.column : tile.row, &size = isVector ? tile.columns : tile.rows;
        if (from < 0 || from % 8 || from + count > size)
          return fail(rows) << "expects a multiple of 8 from 0 to " << size - count << ", found row " << from;
        first += from;
        size = count;
        return part(rows, tile);
      })
      .Case([&](PanelsOp panels) -> LogicalResult {
        SharedTile tile = get<SharedTile>(panels.getInput());
        int64_t from = integer(panels.getFirst()) * panels.getType().getPanelColumns();
        int64_t count = panels.getType().getShape()[1];
        if (from < 0 || from + count > tile.columns)
          return fail(panels) << "expects columns from 0 to " << tile.columns - count << ", found column " << from;
        tile.column += from;
        tile.columns = count;
        return part(panels, tile);
      })
      .Case([&](WaitOp op) { return waitFor(op); })
      .Case([&](ExpectOp op) { return arrive(op, op.getBarrier(), op.getStage(), int64_t(op.getBytes())); })
      .Case([&](ArriveOp op) {
        bool each = op.getEach() && !isAlone();
        int64_t threads = each ? 32 * op->getParentOfType<RoleOp>().getWarpsOfGroup() : 1;
        return arrive(op, op.getBarrier(), op.getStage(), /*bytes=*/0, threads - 1);
      })
      .Case([&](NamedSyncOp op) { return namedSync(op); })
      .Case([&](NamedArriveOp op) -> LogicalResult {
        FailureOr<NamedBarrier *> barrier = namedBarrier(op, op.getBarrier(), op.getNumber());
        return failed(barrier) ? failure() : namedArrive(op, **barrier);
      })
      .Case([&](CopyInOp op) { return copyIn(op); })
      .Case([&](CopyOutOp op) { return copyOut(op); })
      .Case([&](CommitCopiesOp) {
        ++copyCommits;
        openCopy = nullptr;
        return success();
      })
      .Case([&](WaitCopiesOp op) { return waitForCopies(op); })
      .Case([&](MmaAsyncOp op) { return multiply(op); })
      .Case([&](MmaWaitOp op) { return waitForProducts(op); })
      .Case([&](StoreSharedOp op) { return storeShared(op); })
      .Case([&](LoadSharedOp op) { return loadShared(op); })
      .Case([&](StoreTransposedOp op) { return storeTransposed(op); })
      .Case([&](LoadTransposedOp op) { return loadTransposed(op); })
      .Case([&](ReadSharedOp op) { return readShared(op); })
      .Case([&](WriteSharedOp op) { return writeShared(op); })
      .Case([&](ClearRowsOp op) { return clearRows(op); })
      .Case([&](FenceAsyncOp) { return fence(), success(); })
      .Case([&](SyncOp) { return sync(), success(); })
      .Default([&](Operation *other) { return executeTile(*other); });
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

SmallVector<Clock *, 2> Group::clocks() {
  if (isAlone())
    return {&first};
  return {&first, &others};
}

Access Group::ordinary(Operation *op) {
  Access access{op, Access::Ordinary, {{source(Sources::FirstThread), first[source(Sources::FirstThread)]}}};
  if (!isAlone())
    access.stamps.push_back({source(Sources::OtherThreads), others[source(Sources::OtherThreads)]});
  return access;
}

/// What the threads do from here on is not known to those who have learned their clocks.
void Group::tick() {
  ++first[source(Sources::FirstThread)];
  if (!isAlone())
    ++others[source(Sources::OtherThreads)];
}

void Group::sync() {
  noticed = true;
  if (isAlone())
    return;
  first.join(others);
  others.join(first);
  tick();
}

void Group::fence() {
  for (Stamp stamp : ordinary(nullptr).stamps)
    block.shared.fence(stamp);
  tick();
}

/// What has not ended yet, as far as is known.
static std::string describe(const Access &access) {
  std::string role = "role \"" + access.op->getParentOfType<RoleOp>().getName().str() + "\"";
  switch (access.kind) {
  case Access::Ordinary:
    return "what " + role + " does there";
  case Access::CopyIn:
    return "a copy to it under way";
  case Access::CopyOut:
    return "a copy from it under way";
  case Access::Product:
    return "a product of " + role + " under way";
  }
  llvm_unreachable("every kind has a name");
}

LogicalResult Group::check(Operation *op, std::optional<Conflict> conflict) const {
  if (!conflict)
    return success();
  InFlightDiagnostic error = fail(op);
  switch (conflict->kind) {
  case Conflict::Unwritten:
    error << "reads shared memory that nothing has written";
    return error;
  case Conflict::EarlyRead:
    error << "reads shared memory too early: nothing orders it behind ";
    break;
  case Conflict::EarlyWrite:
    error << "overwrites shared memory too early: nothing orders it behind ";
    break;
  case Conflict::Unfenced:
    error << "expects a 'tile.fence_async' and an order behind ";
    break;
  }
  error << ::describe(*conflict->other);
  error.attachNote(conflict->other->op->getLoc()) << "the other one is this '" << conflict->other->op->getName() << "'";
  return error;
}

LogicalResult Group::checkRead(Operation *op, const SharedTile &tile, const Access &access) {
  return check(op, block.shared.read(tile, access, clocks()));
}

LogicalResult Group::checkWrite(Operation *op, const SharedTile &tile, const Access &access) {
  return check(op, block.shared.write(tile, access, clocks()));
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

LogicalResult Group::copyIn(CopyInOp op) {
  const View &from = view(op.getView());
  const SharedTile &to = get<SharedTile>(op.getShared());
  SmallVector<int64_t, 4> indices = integers(op.getIndices());
  if (!op.getBarrier()) {
    if (failed(checkWrite(op, to, ordinary(op))))
      return failure();
    copyToShared(from, indices, to, block.shared);
    return success();
  }
  noticed = true;
  Operation *made = op.getBarrier().getDefiningOp();
  for (int64_t receiver : receivers(op.getMulticast())) {
    unsigned number = block.resource(made, receiver).number + unsigned(stageOf(op.getStage()));
    Barrier &barrier = block.barrier(number);
    SharedTile there = to;
    there.ring = block.ringOf(to.ring, receiver);
    // The first thread begins it.
    const Clock *knowing = &first;
    if (failed(check(op, block.shared.write(there, {op, Access::CopyIn, {barrier.endOfPhase()}}, knowing))))
      return failure();
    block.shared.poison(there);
    block.begin({op, there, &from, indices, number, barrier.getPhases()});
  }
  return success();
}

LogicalResult Group::copyOut(CopyOutOp op) {
  const View &to = view(op.getView());
  const SharedTile &from = get<SharedTile>(op.getShared());
  SmallVector<int64_t, 4> indices = integers(op.getIndices());
  if (!op.getBulk()) {
    if (failed(checkRead(op, from, ordinary(op))))
      return failure();
    copyFromShared(from, to, indices, block.shared);
    return success();
  }
  noticed = true;
  const Clock *knowing = &first;
  int64_t commit = copyCommits + 1;
  if (failed(check(op, block.shared.read(from, {op, Access::CopyOut, {{source(Sources::CopiesOut), commit}}}, knowing))))
    return failure();
  copies.push_back({op, from, &to, std::move(indices), commit});
  openCopy = lastCopy = op;
  return success();
}

void Group::endCopy() {
  const OutgoingCopy &copy = copies.front();
  copyFromShared(copy.from, *copy.view, copy.indices, block.shared);
  copies.pop_front();
}

LogicalResult Group::waitForCopies(WaitCopiesOp op) {
  noticed = true;
  int64_t ended = copyCommits - int64_t(op.getPending());
  while (!copies.empty() && copies.front().commit <= ended)
    endCopy();
  first.learn({source(Sources::CopiesOut), ended});
  return success();
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

LogicalResult Group::multiply(MmaAsyncOp op) {
  noticed = true;
  if (isAlone())
    return fail(op) << "expects a whole warpgroup, found one thread";
  int64_t commit = productCommits + 1;
  Access access{op, Access::Product, {{source(Sources::Products), commit}}};
  Product product{op, TileRef(), get<SharedTile>(op.getB()), TileRef(), std::make_shared<Tile>(), commit};
  if (isa<SharedType>(op.getA().getType())) {
    product.a = get<SharedTile>(op.getA());
    if (failed(checkRead(op, std::get<SharedTile>(product.a), access)))
      return failure();
  } else {
    if (failed(tile(op.getA(), op)))
      return failure();
    product.a = get<TileRef>(op.getA());
  }
  if (failed(checkRead(op, product.b, access)))
    return failure();
  if (op.getAccumulator())
    product.accumulator = get<TileRef>(op.getAccumulator());
  product.result->underWay = op;
  define(op, product.result);
  products.push_back(std::move(product));
  lastProduct = op;
  openProduct = op.getOpen() ? op : MmaAsyncOp();
  productCommits += !op.getOpen();
  return success();
}

void Group::endProduct() {
  const Product &product = products.front();
  product.result->elements = simulator::compute(product, block.shared);
  product.result->underWay = nullptr;
  products.pop_front();
}

LogicalResult Group::waitForProducts(MmaWaitOp op) {
  noticed = true;
  int64_t ended = productCommits - int64_t(op.getPending());
  while (!products.empty() && products.front().commit <= ended)
    endProduct();
  for (Clock *clock : clocks())
    clock->learn({source(Sources::Products), ended});
  for (auto [input, output] : llvm::zip(op.getInputs(), op.getOutputs())) {
    const TileRef &result = get<TileRef>(input);
    if (result->underWay) {
      InFlightDiagnostic error = fail(op) << "names a product that it does not wait for";
      error.attachNote(result->underWay->getLoc()) << "the product begins here";
      return error;
    }
    define(output, Datum(result));
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Between registers and shared memory
//===----------------------------------------------------------------------===//

LogicalResult Group::storeShared(StoreSharedOp op) {
  const SharedTile &to = get<SharedTile>(op.getShared());
  FailureOr<TileRef> value = tile(op.getValue(), op);
  if (failed(value) || failed(checkWrite(op, to, ordinary(op))))
    return failure();
  const Number *next = (*value)->elements.data();
  for (int64_t row = 0; row < to.rows; ++row, next += to.columns)
    std::copy_n(next, to.columns, &block.shared.at(to, row, 0));
  return success();
}

LogicalResult Group::loadShared(LoadSharedOp op) {
  const SharedTile &from = get<SharedTile>(op.getShared());
  if (failed(checkRead(op, from, ordinary(op))))
    return failure();
  Numbers elements;
  for (int64_t row = 0; row < from.rows; ++row)
    elements.insert(elements.end(), &block.shared.at(from, row, 0), &block.shared.at(from, row, 0) + from.columns);
  return defineTile(op, std::move(elements)), success();
}

LogicalResult Group::storeTransposed(StoreTransposedOp op) {
  const SharedTile &to = get<SharedTile>(op.getShared());
  FailureOr<TileRef> value = tile(op.getValue(), op);
  if (failed(value) || failed(checkWrite(op, to, ordinary(op))))
    return failure();
  for (int64_t row = 0; row < to.rows; ++row)
    for (int64_t column = 0; column < to.columns; ++column)
      block.shared.at(to, row, column) = (*value)->elements[size_t(column * to.rows + row)];
  return success();
}

LogicalResult Group::loadTransposed(LoadTransposedOp op) {
  const SharedTile &from = get<SharedTile>(op.getShared());
  if (failed(checkRead(op, from, ordinary(op))))
    return failure();
  Numbers elements;
  for (int64_t column = 0; column < from.columns; ++column)
    for (int64_t row = 0; row < from.rows; ++row)
      elements.push_back(block.shared.at(from, row, column));
  return defineTile(op, std::move(elements)), success();
}

LogicalResult Group::readShared(ReadSharedOp op) {
  SharedTile from = get<SharedTile>(op.getShared());
  int64_t at = integer(op.getIndex());
  if (at < 0 || at >= from.columns)
    return fail(op) << "expects an index from 0 to " << from.columns - 1 << ", found " << at;
  from.column += at;
  from.columns = 1;
  if (failed(checkRead(op, from, ordinary(op))))
    return failure();
  return define(op.getResult(), block.shared.at(from, 0, 0)), success();
}

/// By the first thread.
LogicalResult Group::writeShared(WriteSharedOp op) {
  SharedTile to = get<SharedTile>(op.getShared());
  int64_t at = integer(op.getIndex());
  if (at < 0 || at >= to.columns)
    return fail(op) << "expects an index from 0 to " << to.columns - 1 << ", found " << at;
  to.column += at;
  to.columns = 1;
  const Clock *knowing = &first;
  Access access{op, Access::Ordinary, {{source(Sources::FirstThread), first[source(Sources::FirstThread)]}}};
  if (failed(check(op, block.shared.write(to, access, knowing))))
    return failure();
  block.shared.at(to, 0, 0) = get<Number>(op.getValue());
  return success();
}

LogicalResult Group::clearRows(ClearRowsOp op) {
  SharedTile rows = get<SharedTile>(op.getShared());
  int64_t from = integer(op.getFirst());
  if (from < 0)
    return fail(op) << "expects a row from 0 on, found " << from;
  from = std::min(from, rows.rows);
  rows.row += from;
  rows.rows -= from;
  if (failed(checkWrite(op, rows, ordinary(op))))
    return failure();
  for (int64_t row = 0; row < rows.rows; ++row)
    std::fill_n(&block.shared.at(rows, row, 0), rows.columns, zero(op.getShared().getType().getElementType()));
  return success();
}
