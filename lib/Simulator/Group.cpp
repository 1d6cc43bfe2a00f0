//===- Group.cpp - One group of a role as a program -----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Group.h"
#include "ThreadBlock.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace braid::simulator;
using namespace braid::tile;

Group::Group(ThreadBlock &block, RoleOp role, int64_t number, unsigned index)
    : block(block), role(role), number(number), index(index), first(block.countSources()), others(block.countSources()) {
  first[source(Sources::FirstThread)] = 1;
  others[source(Sources::OtherThreads)] = 1;
  Block &body = block.getKernel().getBlock();
  for (auto [name, datum] : llvm::zip(body.getArguments(), block.getArguments()))
    define(name, datum);
  enter(body, /*alone=*/false);
}

std::string Group::describe() const {
  RoleOp op = role;
  std::string text = "role \"" + op.getName().str() + "\"";
  return op.getGroups() == 1 ? text : text + ", group " + std::to_string(number);
}

InFlightDiagnostic Group::fail(Operation *op) const { return op->emitOpError("in " + describe() + " "); }

bool Group::canRun() const {
  return !hasEnded() && (!wait || getAwaited().hasEnded(get<Cursor>(WaitOp(wait).getStage()).phase));
}

LogicalResult Group::turn() {
  for (noticed = false; !noticed && !frames.empty();) {
    Frame &frame = frames.back();
    if (frame.next == frame.block->end()) { // of a block without a terminator
      frames.pop_back();
      continue;
    }
    Operation &op = *frame.next++;
    wait = nullptr;
    if (failed(execute(op)))
      return failure();
    if (wait)
      frames.back().next = op.getIterator();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Control flow and what a block of threads owns
//===----------------------------------------------------------------------===//

LogicalResult Group::execute(Operation &op) {
  auto number = [&](Value name, int64_t value) -> LogicalResult { return define(name, Number::of(value)), success(); };
  return llvm::TypeSwitch<Operation *, LogicalResult>(&op)
      .Case<RingOp, BarrierOp>([&](auto made) { return define(made, block.resource(made)), success(); })
      .Case([&](RoleOp other) {
        if (other != role)
          return success();
        define(role.getBlock().getArgument(0), Number::of(this->number));
        enter(role.getBlock(), role.getOneThread());
        return success();
      })
      .Case([&](EndOp op) { return end(op); })
      .Case([&](scf::ForOp loop) { return enterLoop(loop); })
      .Case([&](scf::IfOp branch) {
        if (integer(branch.getCondition()))
          enter(*branch.thenBlock(), isAlone());
        else if (branch.elseBlock())
          enter(*branch.elseBlock(), isAlone());
        return success();
      })
      .Case([&](scf::YieldOp op) { return yield(*op), success(); })
      .Case([&](OneThreadOp once) { return enter(once.getBody().front(), /*alone=*/true), success(); })
      .Case([&](WorkerOp worker) {
        define(worker.getNumber(), Number::of(block.place.worker));
        return number(worker.getCount(), block.place.workers);
      })
      .Case([&](GridOp grid) { return number(grid, block.place.grid[size_t(grid.getDimension())]); })
      .Case([&](BlockIdOp id) { return number(id, block.place.id[size_t(id.getDimension())]); })
      .Case([&](DimOp dim) { return number(dim, view(dim.getView()).shape[size_t(dim.getDimension())]); })
      .Case([&](StartOp start) { return define(start, Cursor{0, int64_t(start.getPhase())}), success(); })
      .Case([&](AdvanceOp advance) {
        Cursor cursor = get<Cursor>(advance.getCursor());
        bool wraps = ++cursor.stage == int64_t(advance.getType().getStages());
        define(advance, wraps ? Cursor{0, 1 - cursor.phase} : cursor);
        return success();
      })
      .Default([&](Operation *other) {
        return isa<TileDialect>(other->getDialect()) ? executeShared(*other) : scalar(*other);
      });
}

LogicalResult Group::enterLoop(scf::ForOp loop) {
  Frame frame{loop.getBody(), loop.getBody()->begin(), isAlone(), integer(loop.getLowerBound()),
              integer(loop.getUpperBound()), integer(loop.getStep())};
  if (frame.step <= 0)
    return fail(loop) << "expects a step above zero, found " << frame.step;
  bool any = frame.now < frame.end;
  for (auto [name, result, init] : llvm::zip(loop.getRegionIterArgs(), loop.getResults(), loop.getInitArgs()))
    define(any ? Value(name) : Value(result), Datum(values.find(init)->second));
  if (!any)
    return success();
  define(loop.getInductionVar(), Number::of(frame.now));
  frames.push_back(frame);
  return success();
}

void Group::yield(Operation &terminator) {
  SmallVector<Datum> yielded =
      llvm::map_to_vector(terminator.getOperands(), [&](Value value) { return values.find(value)->second; });
  Frame &frame = frames.back();
  Operation *parent = frame.block->getParentOp();
  ValueRange names = parent->getResults();
  if (auto loop = dyn_cast<scf::ForOp>(parent)) {
    frame.now += frame.step;
    if (frame.now < frame.end) {
      names = loop.getRegionIterArgs();
      define(loop.getInductionVar(), Number::of(frame.now));
      frame.next = frame.block->begin();
    } else {
      frames.pop_back();
    }
  } else {
    frames.pop_back();
  }
  for (auto [name, datum] : llvm::zip(names, yielded))
    define(name, std::move(datum));
}

LogicalResult Group::end(EndOp op) {
  frames.clear();
  noticed = true;
  if (openProduct)
    return fail(openProduct) << "expects its group to be closed before the role ends";
  if (!first.knows({source(Sources::Products), productCommits}))
    return fail(lastProduct) << "expects a wait for all products before the role ends, found none";
  if (openCopy)
    return fail(openCopy) << "expects a 'tile.commit_copies' before the role ends, found none";
  if (!first.knows({source(Sources::CopiesOut), copyCommits}))
    return fail(lastCopy) << "expects a wait for all copies before the role ends, found none";
  return success();
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

SmallVector<int64_t, 4> Group::integers(ValueRange names) const {
  return llvm::map_to_vector<4>(names, [&](Value name) { return integer(name); });
}

int64_t Group::stageOf(Value stage) const {
  return isa<CursorType>(stage.getType()) ? get<Cursor>(stage).stage : integer(stage);
}

FailureOr<const Tile *> Group::tile(Value name, Operation *user) const {
  const Tile *tile = get<TileRef>(name).get();
  if (!tile->underWay)
    return tile;
  InFlightDiagnostic error = fail(user) << "expects a finished product, found one under way";
  error.attachNote(tile->underWay->getLoc()) << "the product begins here";
  return error;
}

void Group::defineTile(Value name, Numbers elements) {
  define(name, std::make_shared<Tile>(Tile{std::move(elements), nullptr}));
}
