//===- Group.cpp - One group of a role as a program -----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Group.h"
#include "ThreadBlock.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace braid::simulator;
using namespace braid::tile;

Group::Group(ThreadBlock &block, RoleOp role, int64_t number, unsigned index, int64_t rank)
    : block(block), role(role), number(number), index(index), rank(rank), first(block.countSources()), others(block.countSources()) {
  first[source(Sources::FirstThread)] = 1;
  others[source(Sources::OtherThreads)] = 1;
  Block &body = block.getKernel().getBlock();
  for (auto [name, datum] : llvm::zip(body.getArguments(), block.getArguments()))
    define(name, datum);
  enter(body, /*alone=*/false);
}

std::string Group::describe() const {
  RoleOp op = role;
  if (!op)
    return "the text";
  std::string text = "role \"" + op.getName().str() + "\"";
  if (op.getGroups() > 1)
    text += ", group " + std::to_string(number);
  return block.clusterSize() == 1 ? text : text + " of block " + std::to_string(rank);
}

InFlightDiagnostic Group::fail(Operation *op) const { return op->emitOpError("in " + describe() + " "); }

bool Group::canRun() const {
  return !hasEnded() && (!wait || isOver(wait));
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
      .Case<RingOp, BarrierOp, NamedBarrierOp>([&](auto made) {
        return define(made, block.resource(made, rank)), success();
      })
      .Case([&](RoleOp other) {
        if (other != role)
          return success();
        define(role.getBlock().getArgument(0), Number::of(this->number));
        enter(role.getBlock(), role.getOneThread());
        return success();
      })
      .Case([&](EndOp op) { return end(op); })
      .Case([&](ReturnOp) { return frames.clear(), success(); })
      .Case([&](scf::ForOp loop) { return enterLoop(loop); })
      .Case([&](scf::WhileOp loop) {
        enter(*loop.getBeforeBody(), isAlone());
        return again(*loop.getBeforeBody(), loop.getInits()), success();
      })
      .Case([&](scf::ConditionOp op) { return decide(op); })
      .Case([&](scf::IfOp branch) {
        if (integer(branch.getCondition()))
          enter(*branch.thenBlock(), isAlone());
        else if (branch.elseBlock())
          enter(*branch.elseBlock(), isAlone());
        return success();
      })
      .Case([&](scf::YieldOp op) { return yield(*op); })
      .Case([&](WhereAnyOp op) { return whereAny(op); })
      .Case([&](ReplaceOp op) { return replace(op); })
      .Case([&](OneThreadOp once) { return enter(once.getBody().front(), /*alone=*/true), success(); })
      .Case([&](WorkerOp worker) {
        define(worker.getNumber(), Number::of(block.place.worker + rank));
        return number(worker.getCount(), block.place.workers);
      })
      .Case([&](DrawOp op) { return draw(op); })
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

/// Where a loop or branch of a text keeps result number `n`; null in a role.
static PlaceAttr placeOf(Operation *op, StringRef attribute, unsigned n) {
  auto places = op->getAttrOfType<ArrayAttr>(attribute);
  return places && isa<TileType>(op->getNumResults() ? op->getResult(n).getType() : op->getOperand(n).getType())
             ? cast<PlaceAttr>(places[n])
             : PlaceAttr();
}

LogicalResult Group::enterLoop(scf::ForOp loop) {
  Frame frame{loop.getBody(), loop.getBody()->begin(), isAlone(), integer(loop.getLowerBound()),
              integer(loop.getUpperBound()), integer(loop.getStep())};
  if (frame.step <= 0)
    return fail(loop) << "expects a step above zero, found " << frame.step;
  bool any = frame.now < frame.end;
  for (auto [n, init] : llvm::enumerate(loop.getInitArgs()))
    if (failed(pass(any ? Value(loop.getRegionIterArg(n)) : loop.getResult(n), init, placeOf(loop, "tile.places", n),
                    loop)))
      return failure();
  if (!any)
    return success();
  define(loop.getInductionVar(), Number::of(frame.now));
  frames.push_back(frame);
  return success();
}

/// The innermost frame runs this block from its start; the arguments take what is passed, which may be named by themselves.
void Group::again(Block &block, ValueRange passed) {
  SmallVector<Datum> data;
  for (Value value : passed)
    data.push_back(values.find(value)->second);
  for (auto [name, datum] : llvm::zip(block.getArguments(), data))
    define(name, datum);
  frames.back().block = &block;
  frames.back().next = block.begin();
}

/// Of a while loop: whether there is a further turn. At the sizes of a simulation nobody takes so many.
LogicalResult Group::decide(scf::ConditionOp op) {
  constexpr int64_t mostTurns = 1 << 20;
  auto loop = cast<scf::WhileOp>(op->getParentOp());
  if (integer(op.getCondition())) {
    if (++frames.back().now > mostTurns)
      return fail(loop) << "expects an end, found more than " << mostTurns << " turns";
    return again(*loop.getAfterBody(), op.getArgs()), success();
  }
  frames.pop_back();
  for (auto [name, value] : llvm::zip(loop.getResults(), op.getArgs()))
    define(name, Datum(values.find(value)->second));
  return success();
}

LogicalResult Group::yield(Operation &terminator) {
  Frame &frame = frames.back();
  Operation *parent = frame.block->getParentOp();
  if (auto loop = dyn_cast<scf::WhileOp>(parent))
    return again(*loop.getBeforeBody(), terminator.getOperands()), success();
  SmallVector<Value> names(parent->getResults());
  auto loop = dyn_cast<scf::ForOp>(parent);
  frame.now += frame.step;
  bool again = loop && frame.now < frame.end;
  if (again) {
    names.assign(loop.getRegionIterArgs().begin(), loop.getRegionIterArgs().end());
    define(loop.getInductionVar(), Number::of(frame.now));
    frame.next = frame.block->begin();
  } else {
    frames.pop_back();
  }
  // What a name of the next turn would overwrite is set aside first.
  SmallVector<Datum> passed;
  for (auto [n, value] : llvm::enumerate(terminator.getOperands())) {
    PlaceAttr aside = placeOf(&terminator, "tile.temporaries", n);
    if (aside && aside.getKind() == PlaceKind::Rows && failed(pass(value, value, aside, &terminator)))
      return failure();
    passed.push_back(values.find(value)->second);
  }
  for (auto [n, name] : llvm::enumerate(names)) {
    if (PlaceAttr place = placeOf(parent, "tile.places", n)) {
      if (failed(pass(name, terminator.getOperand(n), place, &terminator)))
        return failure();
    } else {
      define(name, passed[n]);
    }
  }
  return success();
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

FailureOr<TileRef> Group::tile(Value name, Operation *user) {
  const Datum datum = values.find(name)->second;
  auto type = cast<TileType>(name.getType());
  if (auto placed = std::get_if<PlacedTile>(&datum)) {
    Numbers elements;
    if (!block.placed.read(placed->place, placed->writing, type, elements))
      return fail(user) << "reads a tile of which another one has taken the place";
    return std::make_shared<Tile>(Tile{std::move(elements), nullptr});
  }
  if (auto lazy = std::get_if<InlineTile>(&datum)) {
    if (failed(compute(*lazy->op)))
      return failure();
    TileRef computed = get<TileRef>(name);
    define(name, datum);
    return computed;
  }
  TileRef tile = std::get<TileRef>(datum);
  if (!tile->underWay)
    return tile;
  InFlightDiagnostic error = fail(user) << "expects a finished product, found one under way";
  error.attachNote(tile->underWay->getLoc()) << "the product begins here";
  return error;
}

void Group::defineTile(Value name, Numbers elements) {
  auto place = name.getDefiningOp() ? name.getDefiningOp()->getAttrOfType<PlaceAttr>("tile.place") : PlaceAttr();
  if (place && place.getKind() == PlaceKind::Rows)
    define(name, PlacedTile{place, block.placed.write(place, cast<TileType>(name.getType()), elements)});
  else
    define(name, std::make_shared<Tile>(Tile{std::move(elements), nullptr}));
}

LogicalResult Group::pass(Value name, Value value, PlaceAttr place, Operation *op) {
  if (!place)
    return define(name, Datum(values.find(value)->second)), success();
  FailureOr<TileRef> moved = tile(value, op);
  if (failed(moved))
    return failure();
  define(name, PlacedTile{place, block.placed.write(place, cast<TileType>(name.getType()), (*moved)->elements)});
  return success();
}
