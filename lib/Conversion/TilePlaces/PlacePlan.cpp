//===- PlacePlan.cpp - Which tiles of a text lie where --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Conversion/TilePlaces/PlacePlan.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"

using namespace mlir;
using namespace braid::tile;

static bool isTile(Value value) { return isa<TileType>(value.getType()); }

//===----------------------------------------------------------------------===//
// Program points
//===----------------------------------------------------------------------===//

void PlacePlan::numberOperations() {
  points.clear(), order.clear(), inlined.clear(), places.clear(), placeOf.clear(), yieldTemporaries.clear();
  counter = 0;
  number(kernel.getBlock());
}

void PlacePlan::number(Block &block) {
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

int PlacePlan::lifted(Operation *user, Value value) const {
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

SmallVector<Operation *> PlacePlan::evaluatedAt(Operation *op) const {
  SmallVector<Operation *> readers;
  for (Operation *user : op->getResult(0).getUsers()) {
    if (user->getNumResults() == 1 && isInline(user->getResult(0)))
      llvm::append_range(readers, evaluatedAt(user));
    else
      readers.push_back(user);
  }
  return readers;
}

bool PlacePlan::findsTheSame(LoadOp load) const {
  return llvm::all_of(evaluatedAt(load), [&](Operation *reader) { return findsTheSame(load, reader); });
}

bool PlacePlan::findsTheSame(LoadOp load, Operation *reader) const {
  if (reader->getBlock() != load->getBlock())
    return false;
  for (Operation *between = load->getNextNode(); between != reader; between = between->getNextNode())
    if (!isMemoryEffectFree(between) && !isa<LoadOp, ReadOp>(between))
      return false;
  // A store that moves elements within a view would read what it has written.
  auto store = dyn_cast<StoreOp>(reader);
  return !store || store.getView() != load.getView() || store.getIndices() == load.getIndices();
}

void PlacePlan::expand(Value value, bool sameElement, ReadBody body) const {
  if (!isInline(value))
    return body(value, sameElement);
  Operation *op = value.getDefiningOp();
  for (Value operand : op->getOperands())
    if (isTile(operand))
      expand(operand, sameElement && !isa<BroadcastOp, TransposeOp, ReshapeOp>(op), body);
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

int PlacePlan::newPlace(PlaceKind kind, int64_t stride, int64_t bytes, Range range) {
  places.push_back({kind, stride, bytes, {range}});
  return places.size() - 1;
}

int PlacePlan::find(int place) const {
  while (places[place].mergedInto >= 0)
    place = places[place].mergedInto;
  return place;
}

bool PlacePlan::merge(int a, int b, bool mayTouch) {
  a = find(a), b = find(b);
  if (a == b)
    return true;
  Place &x = places[a], &y = places[b];
  if (x.kind != y.kind || x.stride != y.stride || x.bytes != y.bytes)
    return false;
  for (Range r : x.ranges)
    for (Range s : y.ranges)
      if (mayTouch ? r.last > s.first && s.last > r.first : r.last >= s.first && s.last >= r.first)
        return false;
  x.ranges.append(y.ranges);
  y.mergedInto = a;
  return true;
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

void PlacePlan::placeCarried(scf::ForOp loop) {
  for (auto [argument, result] : llvm::zip(loop.getRegionIterArgs(), loop.getResults())) {
    if (!isTile(argument))
      continue;
    int begin = pointOf(loop), end = endOf(loop);
    int place = rowsFor(cast<TileType>(argument.getType()), {begin, std::max(begin, lastRead(argument))});
    places[place].ranges.push_back({end, std::max(end, lastRead(result))});
    placeOf[argument] = placeOf[result] = place;
  }
}

void PlacePlan::placeResults(scf::IfOp branch) {
  int end = endOf(branch);
  for (Value result : branch.getResults())
    if (isTile(result))
      placeOf[result] = rowsFor(cast<TileType>(result.getType()), {end, std::max(end, lastRead(result))});
}

void PlacePlan::mergeControlFlow() {
  // Inner loops first: their results may be what an outer loop yields.
  for (Operation *op : llvm::reverse(order)) {
    if (auto loop = dyn_cast<scf::ForOp>(op))
      mergeCarried(loop);
    else if (auto branch = dyn_cast<scf::IfOp>(op))
      mergeResults(branch);
  }
}

void PlacePlan::mergeCarried(scf::ForOp loop) {
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
          temporaries[n] = rowsFor(cast<TileType>(value.getType()), {pointOf(yield), pointOf(yield)});
      }
    });
  }
  yieldTemporaries[yield] = temporaries;
}

/// A branch writes its result at its end. Each branch's value may take the result's place; if one cannot, the place
/// must be free from the first branch's end on.
void PlacePlan::mergeResults(scf::IfOp branch) {
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

int64_t PlacePlan::assignOffsets(int64_t first) {
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
  int64_t total = first;
  SmallVector<Hull> assigned;
  for (Hull &hull : hulls) {
    Place &place = places[hull.place];
    SmallVector<std::pair<int64_t, int64_t>> taken; // bytes in use while this place is
    for (Hull &other : assigned)
      if (other.range.first <= hull.range.last && hull.range.first <= other.range.last)
        taken.push_back({places[other.place].offset, places[other.place].offset + places[other.place].bytes});
    llvm::sort(taken);
    int64_t offset = first;
    for (auto [begin, end] : taken) {
      if (offset + place.bytes <= begin)
        break;
      offset = std::max(offset, end);
    }
    place.offset = offset;
    total = std::max(total, offset + place.bytes);
    assigned.push_back(hull);
  }
  return total;
}

PlaceAttr PlacePlan::attributeOf(int place) const {
  MLIRContext *context = KernelOp(kernel)->getContext();
  if (place < 0)
    return PlaceAttr::get(context, PlaceKind::Inline, 0, 0);
  const Place &found = places[find(place)];
  return PlaceAttr::get(context, found.kind, found.offset, found.stride);
}

void PlacePlan::annotate(int64_t bytes) {
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
