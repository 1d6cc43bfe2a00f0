//===- TilePlacement.cpp - Where a block of threads keeps a text's tiles --===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TilePlacement.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

static int64_t elementBytes(TileType type) { return type.getElementType().getIntOrFloatBitWidth() / 8; }

int64_t braid::hopper::sharedRowStride(TileType type) {
  int64_t bytes = type.getColumns() * elementBytes(type);
  if (type.getRows() == 1 || bytes < 16)
    return type.getColumns();
  int64_t pieces = llvm::divideCeil(bytes, 16);
  return (pieces | 1) * 16 / elementBytes(type);
}

int64_t braid::hopper::sharedBytes(TileType type) {
  return llvm::alignTo(type.getRows() * sharedRowStride(type) * elementBytes(type), 16);
}

static bool isTile(Value value) { return isa<TileType>(value.getType()); }

int64_t TilePlacement::run(const llvm::DenseSet<Value> &recomputed) {
  points.clear(), order.clear(), lastRead.clear(), places.clear(), placeOf.clear(), yieldTemporaries.clear();
  inlined = recomputed;
  counter = 0;
  number(kernel.getBlock());
  // A user's decision comes before its operands'.
  for (Operation *op : llvm::reverse(order))
    decideInline(op);
  for (Operation *op : order)
    forReads(op, [&](Value value, bool) {
      int &last = lastRead.try_emplace(value, 0).first->second;
      last = std::max(last, lifted(op, value));
    });
  for (Operation *op : order)
    place(op);
  // Inner loops first: their results may be what an outer loop yields.
  for (Operation *op : llvm::reverse(order)) {
    if (auto loop = dyn_cast<scf::ForOp>(op))
      mergeCarried(loop);
    else if (auto branch = dyn_cast<scf::IfOp>(op))
      mergeResults(branch);
  }
  return bytes = assignOffsets();
}

//===----------------------------------------------------------------------===//
// Program points
//===----------------------------------------------------------------------===//

void TilePlacement::number(Block &block) {
  for (Operation &op : block) {
    int first = counter++;
    order.push_back(&op);
    if (isa<scf::ForOp, scf::IfOp>(op))
      for (Region &region : op.getRegions())
        for (Block &inner : region)
          number(inner);
    points[&op] = {first, op.getNumRegions() ? counter++ : first};
  }
}

/// The point of a read, or the end of the outermost loop around it that does not hold the value's definition: there
/// the value must live for the next turn too.
int TilePlacement::lifted(Operation *user, Value value) const {
  int point = pointOf(user);
  Block *home = value.getParentBlock();
  for (Operation *op = user; op->getBlock() != home; op = op->getParentOp())
    if (isa<scf::ForOp>(op->getParentOp()))
      point = endOf(op->getParentOp());
  return point;
}

//===----------------------------------------------------------------------===//
// Inline
//===----------------------------------------------------------------------===//

/// The operation at which an inline tile with one user is computed.
Operation *TilePlacement::evaluatedAt(Operation *op) const {
  Operation *user = *op->getResult(0).getUsers().begin();
  return user->getNumResults() == 1 && isInline(user->getResult(0)) ? evaluatedAt(user) : user;
}

/// Whether each element is asked for at most once, by an operation of the same block that finds the same in memory.
bool TilePlacement::mayInline(Operation *op) const {
  Value value = op->getResult(0);
  if (!value.hasOneUse())
    return false;
  OpOperand &use = *value.use_begin();
  Operation *user = use.getOwner();
  if (user->getBlock() != op->getBlock() || isa<BroadcastOp, RecurrenceOp>(user))
    return false;
  if (isa<MmaOp>(user) && use.getOperandNumber() < 2)
    return false;
  // A change of shape is inline, so its own reader counts.
  if (isa<TransposeOp, ReshapeOp>(user) && !mayInline(user))
    return false;
  auto load = dyn_cast<LoadOp>(op);
  if (!load)
    return true;
  Operation *reader = evaluatedAt(op);
  if (reader->getBlock() != op->getBlock())
    return false;
  for (Operation *between = op->getNextNode(); between != reader; between = between->getNextNode())
    if (!isMemoryEffectFree(between) && !isa<LoadOp, ReadOp>(between))
      return false;
  // A store that moves elements within a view would read what other threads wrote.
  auto store = dyn_cast<StoreOp>(reader);
  return !store || store.getView() != load.getView() || store.getIndices() == load.getIndices();
}

void TilePlacement::decideInline(Operation *op) {
  if (op->getNumResults() != 1 || !isTile(op->getResult(0)))
    return;
  if (isa<SplatOp, BroadcastOp, TransposeOp, ReshapeOp>(op) || (isa<LoadOp, MapOp>(op) && mayInline(op)))
    inlined.insert(op->getResult(0));
}

/// The tiles in memory that are read when `value`'s elements are.
void TilePlacement::expand(Value value, bool sameElement, ReadBody body) const {
  if (!isInline(value))
    return body(value, sameElement);
  Operation *op = value.getDefiningOp();
  for (Value operand : op->getOperands())
    if (isTile(operand))
      expand(operand, sameElement && !isa<BroadcastOp, TransposeOp, ReshapeOp>(op), body);
}

/// What an operation reads when it runs; an inline one does not run.
void TilePlacement::forReads(Operation *op, ReadBody body) const {
  if (op->getNumResults() == 1 && isInline(op->getResult(0)))
    return;
  for (OpOperand &operand : op->getOpOperands()) {
    bool sameElement = isa<MapOp, scf::YieldOp>(op) || (isa<MmaOp>(op) && operand.getOperandNumber() == 2);
    if (isTile(operand.get()))
      expand(operand.get(), sameElement, body);
  }
}

Value TilePlacement::largestRecomputable() const {
  llvm::DenseSet<Value> written;
  kernel->walk([&](Operation *op) {
    if (auto store = dyn_cast<StoreOp>(op))
      written.insert(store.getView());
    if (auto write = dyn_cast<WriteOp>(op))
      written.insert(write.getView());
  });
  Value largest;
  for (Operation *op : order) {
    if (!isa<LoadOp, MapOp>(op) || isInline(op->getResult(0)))
      continue;
    auto load = dyn_cast<LoadOp>(op);
    bool fromViews = load ? !written.contains(load.getView())
                          : llvm::all_of(op->getOperands(), [&](Value operand) { return isInline(operand); });
    auto size = [](Value tile) { return sharedBytes(cast<TileType>(tile.getType())); };
    if (fromViews && (!largest || size(op->getResult(0)) > size(largest)))
      largest = op->getResult(0);
  }
  return largest;
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

int TilePlacement::newPlace(TileType type, Range range) {
  places.push_back({type, {range}});
  return places.size() - 1;
}

int TilePlacement::find(int place) const {
  while (places[place].mergedInto >= 0)
    place = places[place].mergedInto;
  return place;
}

/// Gives two places the same memory if their members are never alive together. With `mayTouch` one may end where the
/// other begins: there one value is turned into the other, element by element.
bool TilePlacement::merge(int a, int b, bool mayTouch) {
  a = find(a), b = find(b);
  if (a == b)
    return true;
  Place &x = places[a], &y = places[b];
  if (x.type != y.type)
    return false;
  for (Range r : x.ranges)
    for (Range s : y.ranges)
      if (mayTouch ? r.last > s.first && s.last > r.first : r.last >= s.first && s.last >= r.first)
        return false;
  x.ranges.append(y.ranges);
  y.mergedInto = a;
  return true;
}

void TilePlacement::place(Operation *op) {
  auto last = [&](Value value, int point) { return std::max(point, lastRead.lookup(value)); };
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    // The argument until its last use in a turn, and the result after the loop.
    for (auto [argument, result] : llvm::zip(loop.getRegionIterArgs(), loop.getResults())) {
      if (!isTile(argument))
        continue;
      int place = newPlace(cast<TileType>(argument.getType()), {pointOf(op), last(argument, pointOf(op))});
      places[place].ranges.push_back({endOf(op), last(result, endOf(op))});
      placeOf[argument] = placeOf[result] = place;
    }
    return;
  }
  for (Value result : op->getResults()) {
    if (!isTile(result) || isInline(result))
      continue;
    int first = isa<scf::IfOp>(op) ? endOf(op) : pointOf(op);
    placeOf[result] = newPlace(cast<TileType>(result.getType()), {first, last(result, first)});
    if (isa<MmaOp, MapOp>(op))
      shareWithOperand(op);
  }
}

/// Every thread reads an accumulator's or a map's operand's element before it writes the result's, and no other one.
void TilePlacement::shareWithOperand(Operation *op) {
  SmallVector<Value> candidates, others;
  forReads(op, [&](Value value, bool sameElement) { (sameElement ? candidates : others).push_back(value); });
  // What a loop carries first: then nothing is copied at the end of a turn.
  llvm::stable_sort(candidates, [](Value a, Value b) { return isa<BlockArgument>(a) > isa<BlockArgument>(b); });
  for (Value candidate : candidates) {
    int place = find(placeOf.lookup(candidate));
    bool readOtherwise = llvm::any_of(others, [&](Value v) { return find(placeOf.lookup(v)) == place; });
    if (!readOtherwise && candidate.getType() == op->getResult(0).getType() &&
        merge(place, placeOf.lookup(op->getResult(0)), /*mayTouch=*/true))
      return;
  }
}

void TilePlacement::mergeCarried(scf::ForOp loop) {
  auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
  SmallVector<int> temporaries(yield.getNumOperands(), -1), carried;
  for (Value argument : loop.getRegionIterArgs())
    carried.push_back(isTile(argument) ? placeOf.lookup(argument) : -1);
  for (auto [n, operand] : llvm::enumerate(yield.getOperands()))
    if (carried[n] >= 0 && !isInline(operand))
      merge(carried[n], placeOf.lookup(operand), /*mayTouch=*/false);
  for (auto [n, init] : llvm::enumerate(loop.getInitArgs()))
    if (carried[n] >= 0 && !isInline(init))
      merge(carried[n], placeOf.lookup(init), /*mayTouch=*/true);
  // Copies at the end of a turn happen one after the other. What lies in a place that another one overwrites, or is
  // read out of order from its own, goes through a place of its own.
  for (auto [n, operand] : llvm::enumerate(yield.getOperands())) {
    if (carried[n] < 0)
      continue;
    expand(operand, true, [&, n = n, value = operand](Value read, bool sameElement) {
      for (auto [other, place] : llvm::enumerate(carried)) {
        bool overwritten = place >= 0 && (other != n || !sameElement) && find(placeOf.lookup(read)) == find(place);
        if (overwritten && temporaries[n] < 0)
          temporaries[n] = newPlace(cast<TileType>(value.getType()), {pointOf(yield), pointOf(yield)});
      }
    });
  }
  yieldTemporaries[yield] = temporaries;
}

/// A branch writes its result at its end. Each branch's value may take the result's place; if one cannot, the place
/// must be free from the first branch's end on.
void TilePlacement::mergeResults(scf::IfOp branch) {
  for (auto [n, result] : llvm::enumerate(branch.getResults())) {
    if (!isTile(result))
      continue;
    int place = placeOf.lookup(result);
    for (Region *region : {&branch.getThenRegion(), &branch.getElseRegion()}) {
      Operation *yield = region->front().getTerminator();
      Value operand = yield->getOperand(n);
      bool ownValue = !isInline(operand) && region->isAncestor(operand.getParentRegion());
      if (!ownValue || !merge(place, placeOf.lookup(operand), /*mayTouch=*/false))
        places[find(place)].ranges.push_back({pointOf(yield), endOf(branch)});
    }
  }
}

//===----------------------------------------------------------------------===//
// Offsets and attributes
//===----------------------------------------------------------------------===//

int64_t TilePlacement::assignOffsets() {
  struct Hull {
    int place;
    Range range;
  };
  SmallVector<Hull> hulls;
  for (int n = 0, e = places.size(); n < e; ++n) {
    if (find(n) != n)
      continue;
    Range hull = places[n].ranges.front();
    for (Range range : places[n].ranges)
      hull = {std::min(hull.first, range.first), std::max(hull.last, range.last)};
    hulls.push_back({n, hull});
  }
  llvm::stable_sort(hulls, [](const Hull &a, const Hull &b) { return a.range.first < b.range.first; });
  bool reduces = llvm::any_of(order, llvm::IsaPred<ReduceOp>);
  int64_t first = reduces ? reductionBytes : 0, total = first;
  SmallVector<Hull> assigned;
  for (Hull &hull : hulls) {
    Place &place = places[hull.place];
    SmallVector<std::pair<int64_t, int64_t>> taken; // bytes in use while this place is
    for (Hull &other : assigned)
      if (other.range.first <= hull.range.last && hull.range.first <= other.range.last)
        taken.push_back({places[other.place].offset, places[other.place].offset + sharedBytes(places[other.place].type)});
    llvm::sort(taken);
    int64_t offset = first;
    for (auto [begin, end] : taken) {
      if (offset + sharedBytes(place.type) <= begin)
        break;
      offset = std::max(offset, end);
    }
    place.offset = offset;
    total = std::max(total, offset + sharedBytes(place.type));
    assigned.push_back(hull);
  }
  return total;
}

PlaceAttr TilePlacement::attributeOf(int place) {
  if (place < 0)
    return PlaceAttr::get(kernel.getContext(), PlaceKind::Inline, 0, 0);
  const Place &found = places[find(place)];
  return PlaceAttr::get(kernel.getContext(), PlaceKind::Rows, found.offset, sharedRowStride(found.type));
}

void TilePlacement::annotate() {
  Builder builder(kernel.getContext());
  kernel->setAttr("tile.scratch_bytes", builder.getI64IntegerAttr(bytes));
  auto attributeOfValue = [&](Value value) -> Attribute {
    auto place = placeOf.find(value);
    return attributeOf(place == placeOf.end() ? -1 : place->second);
  };
  for (Operation *op : order) {
    if (isa<scf::ForOp, scf::IfOp, RecurrenceOp>(op)) {
      if (llvm::any_of(op->getResults(), isTile))
        op->setAttr("tile.places", builder.getArrayAttr(llvm::map_to_vector(op->getResults(), attributeOfValue)));
    } else if (auto yield = dyn_cast<scf::YieldOp>(op)) {
      ArrayRef<int> temporaries = yieldTemporaries[yield];
      if (llvm::any_of(temporaries, [](int place) { return place >= 0; }))
        op->setAttr("tile.temporaries", builder.getArrayAttr(llvm::map_to_vector(
                                            temporaries, [&](int place) -> Attribute { return attributeOf(place); })));
    } else if (op->getNumResults() == 1 && isTile(op->getResult(0))) {
      op->setAttr("tile.place", attributeOfValue(op->getResult(0)));
    }
  }
}
