//===- StoragePlan.cpp - Where a CPU keeps each tile ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StoragePlan.h"
#include "braid/Conversion/TileToVector/KernelABI.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace braid;
using namespace braid::tile;

StoragePlan::StoragePlan(KernelOp kernel, const CPUTargetInfo &target) : kernel(kernel), attributeContext(kernel->getContext()), target(target) {}

void StoragePlan::run() {
  number(kernel.getBlock());
  // A user's decision comes before its operands'.
  for (Operation *op : llvm::reverse(order))
    decideInline(op);
  for (Operation *op : order) {
    if (auto loop = dyn_cast<scf::ForOp>(op))
      placeCarried(loop);
    else if (auto branch = dyn_cast<scf::IfOp>(op))
      placeResults(branch);
    else
      place(op);
  }
  // Inner loops first: their results may be what an outer loop yields.
  for (Operation *op : llvm::reverse(order)) {
    if (auto loop = dyn_cast<scf::ForOp>(op))
      mergeCarried(loop);
    else if (auto branch = dyn_cast<scf::IfOp>(op))
      mergeResults(branch);
  }
  assignOffsets();
  annotate();
}

//===----------------------------------------------------------------------===//
// Program points
//===----------------------------------------------------------------------===//

void StoragePlan::number(Block &block) {
  for (Operation &op : block) {
    int first = counter++;
    order.push_back(&op);
    if (!isa<MapOp>(op))
      for (Region &region : op.getRegions())
        for (Block &inner : region)
          number(inner);
    points[&op] = {first, op.getNumRegions() ? counter++ : first};
  }
}

/// The point of a use, or the end of the outermost loop around it that does not hold the value's definition: there
/// the value must live for the next turn too.
int StoragePlan::lifted(Operation *user, Value value) const {
  int point = pointOf(user);
  Block *home = value.getParentBlock();
  for (Operation *op = user; op->getBlock() != home; op = op->getParentOp())
    if (isa<scf::ForOp>(op->getParentOp()))
      point = endOf(op->getParentOp());
  return point;
}

int StoragePlan::lastUse(Value value) const {
  int last = value.getDefiningOp() ? pointOf(value.getDefiningOp()) : 0;
  for (Operation *user : value.getUsers()) {
    last = std::max(last, lifted(user, value));
    // Read when the user's own users are evaluated, or under another name.
    if (user->getNumResults() == 1 && (isInline(user->getResult(0)) || isa<ReshapeOp>(user)))
      last = std::max(last, lastUse(user->getResult(0)));
  }
  return last;
}

//===----------------------------------------------------------------------===//
// Inline
//===----------------------------------------------------------------------===//

/// The operation at which an inline tile with one user is computed.
Operation *StoragePlan::evaluatedAt(Operation *op) const {
  Operation *user = *op->getResult(0).getUsers().begin();
  return user->getNumResults() == 1 && isInline(user->getResult(0)) ? evaluatedAt(user) : user;
}

/// Whether the elements of a tile, on their way through inline tiles, end in a product's accumulator.
bool StoragePlan::feedsAccumulator(OpOperand &use) const {
  Operation *user = use.getOwner();
  if (auto mma = dyn_cast<MmaOp>(user))
    return use.get() == mma.getAccumulator();
  return user->getNumResults() == 1 && isInline(user->getResult(0)) &&
         feedsAccumulator(*user->getResult(0).use_begin());
}

bool StoragePlan::mayInline(Operation *op) const {
  Value value = op->getResult(0);
  if (!value.hasOneUse())
    return false;
  OpOperand &use = *value.use_begin();
  Operation *user = use.getOwner();
  if (user->getBlock() != op->getBlock())
    return false;
  if (!isa<MapOp, ReduceOp, StoreOp, scf::ForOp, MmaOp>(user))
    return false;
  if (!isa<LoadOp>(op))
    return true;
  // Where the accumulators begin there is no second loop for what is clipped.
  if (feedsAccumulator(use))
    return false;
  // Memory must still hold the same when it is read.
  auto load = cast<LoadOp>(op);
  Operation *reader = evaluatedAt(op);
  for (Operation *between = op->getNextNode(); between != reader; between = between->getNextNode())
    if (!isMemoryEffectFree(between) && !isa<LoadOp, ReadOp>(between))
      return false;
  auto store = dyn_cast<StoreOp>(reader);
  return !store || store.getView() != load.getView() || store.getIndices() == load.getIndices();
}

void StoragePlan::decideInline(Operation *op) {
  // Splats and broadcasts cost nothing where elements are asked for; these ask for memory instead.
  auto needsRows = [](Operation *user) {
    return isa<ReshapeOp, ExtractOp, PrefixSumOp, TransposeOp, BroadcastOp, RecurrenceOp>(user);
  };
  if (isa<SplatOp, BroadcastOp>(op) ? llvm::none_of(op->getUsers(), needsRows)
                                    : isa<LoadOp, MapOp>(op) && mayInline(op))
    inlined.insert(op->getResult(0));
}

/// The tiles in memory that are read when `value` is.
void StoragePlan::readsOf(Value value, SmallVectorImpl<Value> &reads) const {
  if (!isInline(value)) {
    reads.push_back(value);
    return;
  }
  for (Value operand : value.getDefiningOp()->getOperands())
    if (isa<TileType>(operand.getType()))
      readsOf(operand, reads);
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

int StoragePlan::newPlace(PlaceKind kind, int64_t stride, int64_t bytes, Range range) {
  Place &place = places.emplace_back();
  place.kind = kind;
  place.stride = stride;
  place.bytes = llvm::alignTo(bytes, KernelABI::alignment);
  place.ranges.push_back(range);
  return places.size() - 1;
}

int StoragePlan::rowsFor(TileType type, Range range) {
  return newPlace(PlaceKind::Rows, rowStride(type), rowBytes(type), range);
}

int StoragePlan::packedFor(const OperandFormat &format, Range range) {
  return newPlace(format.kind, format.stride, format.bytes, range);
}

int StoragePlan::find(int place) const {
  while (places[place].mergedInto >= 0)
    place = places[place].mergedInto;
  return place;
}

/// Gives two places the same memory if their members are never alive together. With `mayTouch` one may end where the
/// other begins: there one value is turned into the other, element by element.
bool StoragePlan::merge(int a, int b, bool mayTouch) {
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

/// If every user is a product that wants the same packing, that packing.
static std::optional<OperandFormat> commonPacking(Value value, const CPUTargetInfo &target) {
  std::optional<OperandFormat> common;
  for (OpOperand &use : value.getUses()) {
    auto mma = dyn_cast<MmaOp>(use.getOwner());
    if (!mma || use.getOperandNumber() > 1)
      return {};
    OperandFormat format =
        use.getOperandNumber() == 0 ? OperandFormat::left(mma, target) : OperandFormat::right(mma, target);
    if (common && !(*common == format))
      return {};
    common = format;
  }
  return common;
}

void StoragePlan::place(Operation *op) {
  if (auto mma = dyn_cast<MmaOp>(op))
    placeOperands(mma);
  if (auto recurrence = dyn_cast<RecurrenceOp>(op))
    return placeResults(recurrence);
  if (op->getNumResults() != 1 || !isa<TileType>(op->getResult(0).getType()))
    return;
  Value value = op->getResult(0);
  if (isInline(value))
    return;
  if (auto reshape = dyn_cast<ReshapeOp>(op)) { // another name for the same rows
    placeOf[value] = placeOf.lookup(reshape.getInput());
    return;
  }
  Range range{pointOf(op), lastUse(value)};
  auto packing = isa<LoadOp, MapOp>(op) ? commonPacking(value, target) : std::nullopt;
  if (packing && !packing->readableInRows) {
    placeOf[value] = packedFor(*packing, range);
    return;
  }
  placeOf[value] = rowsFor(cast<TileType>(value.getType()), range);
  shareWithOperand(op);
}

/// A product's accumulator, a map's operand and a prefix sum's operand are read element by element as the result is
/// written, so the result may take their place.
void StoragePlan::shareWithOperand(Operation *op) {
  SmallVector<Value> candidates, others;
  if (auto mma = dyn_cast<MmaOp>(op)) {
    readsOf(mma.getAccumulator(), candidates);
    readsOf(mma.getA(), others);
    readsOf(mma.getB(), others);
  } else if (auto map = dyn_cast<MapOp>(op)) {
    for (Value input : map.getInputs())
      readsOf(input, candidates);
  } else if (auto sum = dyn_cast<PrefixSumOp>(op)) {
    candidates.push_back(sum.getInput());
  }
  // What a loop carries first: then nothing is copied at the end of a turn.
  llvm::stable_sort(candidates, [](Value a, Value b) { return isa<BlockArgument>(a) > isa<BlockArgument>(b); });
  for (Value candidate : candidates) {
    if (candidate.getType() != op->getResult(0).getType())
      continue;
    int place = placeOf.lookup(candidate);
    bool readOtherwise = llvm::any_of(others, [&](Value v) { return find(placeOf.lookup(v)) == find(place); });
    if (!readOtherwise && merge(place, placeOf.lookup(op->getResult(0)), /*mayTouch=*/true))
      return;
  }
}

/// The last state takes the place of the initial one: an element is read before it is written, and not again.
void StoragePlan::placeResults(RecurrenceOp op) {
  for (Value result : op->getResults())
    placeOf[result] = rowsFor(cast<TileType>(result.getType()), {pointOf(op), lastUse(result)});
  int initial = placeOf.lookup(op.getInitial());
  bool readOtherwise = llvm::any_of(op->getOperands(), [&](Value operand) {
    return operand != op.getInitial() && isa<TileType>(operand.getType()) && find(placeOf.lookup(operand)) == find(initial);
  });
  if (llvm::count(op->getOperands(), op.getInitial()) == 1 && !readOtherwise)
    merge(initial, placeOf.lookup(op.getLast()), /*mayTouch=*/true);
}

/// Whether the product reads its right operand from memory as it lies there, [n, k], without packing.
bool StoragePlan::streamsRight(MmaOp mma) const {
  auto config = kernel->getAttrOfType<ContractionConfigAttr>(kConfigAttr);
  return config && config.getRegime() == Regime::Streaming && mma.getTransposeB() && isInline(mma.getB());
}

void StoragePlan::placeOperands(MmaOp mma) {
  auto pack = [&](Value operand, const OperandFormat &format) {
    PlaceKind lies = isInline(operand) ? PlaceKind::Inline : places[find(placeOf.lookup(operand))].kind;
    bool asItLies = lies == format.kind || (lies == PlaceKind::Rows && format.readableInRows);
    return asItLies ? -1 : packedFor(format, {pointOf(mma), pointOf(mma)});
  };
  packA[mma] = pack(mma.getA(), OperandFormat::left(mma, target));
  packB[mma] = streamsRight(mma) ? -1 : pack(mma.getB(), OperandFormat::right(mma, target));
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

/// The place of what a loop carries holds the iteration's argument until its last use, and the result after the loop.
void StoragePlan::placeCarried(scf::ForOp loop) {
  for (auto [argument, result] : llvm::zip(loop.getRegionIterArgs(), loop.getResults())) {
    auto type = dyn_cast<TileType>(argument.getType());
    if (!type)
      continue;
    int place = rowsFor(type, {pointOf(loop), std::max(pointOf(loop), lastUse(argument))});
    places[place].ranges.push_back({endOf(loop), std::max(endOf(loop), lastUse(result))});
    placeOf[argument] = placeOf[result] = place;
  }
}

void StoragePlan::mergeCarried(scf::ForOp loop) {
  auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
  SmallVector<int> temporaries(yield.getNumOperands(), -1);
  SmallVector<int> carried;
  for (Value argument : loop.getRegionIterArgs())
    carried.push_back(isa<TileType>(argument.getType()) ? placeOf.lookup(argument) : -1);
  for (auto [n, operand] : llvm::enumerate(yield.getOperands()))
    if (carried[n] >= 0 && !isInline(operand))
      merge(carried[n], placeOf.lookup(operand), /*mayTouch=*/false);
  for (auto [n, init] : llvm::enumerate(loop.getInitArgs()))
    if (carried[n] >= 0 && !isInline(init))
      merge(carried[n], placeOf.lookup(init), /*mayTouch=*/true);
  // Copies at the end of a turn happen one after the other. What lies in a place that another one overwrites goes
  // through a place of its own.
  for (auto [n, operand] : llvm::enumerate(yield.getOperands())) {
    if (carried[n] < 0)
      continue;
    SmallVector<Value> reads;
    readsOf(operand, reads);
    for (Value read : reads)
      for (auto [other, place] : llvm::enumerate(carried))
        if (other != n && place >= 0 && find(placeOf.lookup(read)) == find(place) && temporaries[n] < 0)
          temporaries[n] = rowsFor(cast<TileType>(operand.getType()), {pointOf(yield), pointOf(yield)});
  }
  yieldTemporaries[yield] = temporaries;
}

void StoragePlan::placeResults(scf::IfOp branch) {
  for (Value result : branch.getResults()) {
    auto type = dyn_cast<TileType>(result.getType());
    if (!type)
      continue;
    placeOf[result] = rowsFor(type, {endOf(branch), std::max(endOf(branch), lastUse(result))});
  }
}

/// A branch writes its result at its end. Each branch's value may take the result's place; if one cannot, the place
/// must be free from the first branch's end on.
void StoragePlan::mergeResults(scf::IfOp branch) {
  for (auto [n, result] : llvm::enumerate(branch.getResults())) {
    if (!isa<TileType>(result.getType()))
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

void StoragePlan::assignOffsets() {
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
  int64_t total = 0;
  SmallVector<Hull> assigned;
  for (Hull &hull : hulls) {
    SmallVector<std::pair<int64_t, int64_t>> taken; // bytes in use while this place is
    for (Hull &other : assigned)
      if (other.range.first <= hull.range.last && hull.range.first <= other.range.last)
        taken.push_back({places[other.place].offset, places[other.place].offset + places[other.place].bytes});
    llvm::sort(taken);
    int64_t offset = 0;
    for (auto [first, last] : taken) {
      if (offset + places[hull.place].bytes <= first)
        break;
      offset = std::max(offset, last);
    }
    places[hull.place].offset = offset;
    total = std::max(total, offset + places[hull.place].bytes);
    assigned.push_back(hull);
  }
  Builder builder(kernel.getContext());
  kernel->setAttr("tile.scratch_bytes", builder.getI64IntegerAttr(total));
}

PlaceAttr StoragePlan::attributeOf(int place) const {
  if (place < 0)
    return PlaceAttr::get(attributeContext, PlaceKind::Inline, 0, 0);
  const Place &found = places[find(place)];
  return PlaceAttr::get(attributeContext, found.kind, found.offset, found.stride);
}

void StoragePlan::annotate() {
  Builder builder(kernel.getContext());
  kernel->setAttr("tile.cpu", CPUAttr::get(kernel.getContext(), target.vectorBits, target.hasAVX512BF16));
  auto attributeOfValue = [&](Value value) {
    auto place = placeOf.find(value);
    return attributeOf(place == placeOf.end() ? -1 : place->second);
  };
  for (Operation *op : order) {
    if (isa<scf::ForOp, scf::IfOp, RecurrenceOp>(op)) {
      SmallVector<Attribute> attributes;
      for (Value result : op->getResults())
        attributes.push_back(attributeOfValue(result));
      if (llvm::any_of(op->getResultTypes(), llvm::IsaPred<TileType>))
        op->setAttr("tile.places", builder.getArrayAttr(attributes));
    } else if (auto yield = dyn_cast<scf::YieldOp>(op)) {
      SmallVector<Attribute> attributes;
      ArrayRef<int> temporaries = yieldTemporaries[yield];
      for (int temporary : temporaries)
        attributes.push_back(attributeOf(temporary));
      if (llvm::any_of(temporaries, [](int t) { return t >= 0; }))
        op->setAttr("tile.temporaries", builder.getArrayAttr(attributes));
    } else if (op->getNumResults() == 1 && isa<TileType>(op->getResult(0).getType())) {
      op->setAttr("tile.place", attributeOfValue(op->getResult(0)));
    }
    if (auto mma = dyn_cast<MmaOp>(op)) {
      WordFormat format = WordFormat::get(mma.getA().getType().getElementType(), target);
      RegisterBlock block = streamsRight(mma) ? RegisterBlock{std::min<int64_t>(mma.getM(), 4), format.lanes}
                                              : RegisterBlock::choose(mma.getM(), mma.getN(), format, target);
      op->setAttr("tile.block", builder.getDenseI64ArrayAttr({block.rows, block.columns}));
      op->setAttr("tile.pack_a", attributeOf(packA.lookup(op)));
      op->setAttr("tile.pack_b", attributeOf(packB.lookup(op)));
    }
  }
}
