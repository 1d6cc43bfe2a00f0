//===- StoragePlan.cpp - Where a CPU keeps each tile ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StoragePlan.h"
#include "Recurrence.h"
#include "braid/Conversion/TileToVector/KernelABI.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace braid;
using namespace braid::tile;

void StoragePlan::run() {
  numberOperations();
  // A user's decision comes before its operands'.
  for (Operation *op : llvm::reverse(order))
    decideInline(op);
  for (Operation *op : order)
    place(op);
  mergeControlFlow();
  annotate(assignOffsets(0));
  annotateProducts();
}

int StoragePlan::lastRead(Value value) const {
  int last = value.getDefiningOp() ? pointOf(value.getDefiningOp()) : 0;
  for (Operation *user : value.getUsers()) {
    last = std::max(last, lifted(user, value));
    // Read when the user's own users are evaluated, or under another name.
    if (user->getNumResults() == 1 && (isInline(user->getResult(0)) || isa<ReshapeOp>(user)))
      last = std::max(last, lastRead(user->getResult(0)));
  }
  return last;
}

//===----------------------------------------------------------------------===//
// Inline
//===----------------------------------------------------------------------===//

/// Whether the elements of a tile, on their way through inline tiles, end in a product's accumulator.
bool StoragePlan::feedsAccumulator(OpOperand &use) const {
  Operation *user = use.getOwner();
  if (auto mma = dyn_cast<MmaOp>(user))
    return use.get() == mma.getAccumulator();
  return user->getNumResults() == 1 && isInline(user->getResult(0)) &&
         feedsAccumulator(*user->getResult(0).use_begin());
}

/// Whether a tile is elements of memory, and all that is done to them changes their type.
static bool isLoaded(Operation *op) {
  auto map = dyn_cast<MapOp>(op);
  return isa<LoadOp>(op) ||
         (map && llvm::all_of(map.getBlock().without_terminator(), llvm::IsaPred<arith::ExtFOp, arith::TruncFOp>));
}

/// Whether all that reads a loaded tile is a recurrence and stores, as of the read-out behind it: reading memory again costs
/// less than a copy of the rows would, and leaves the first cache to the states.
bool StoragePlan::isReadAgain(Operation *op) const {
  SmallVector<Operation *> readers = evaluatedAt(op);
  return isLoaded(op) && llvm::any_of(readers, llvm::IsaPred<RecurrenceOp>) &&
         llvm::all_of(readers, llvm::IsaPred<RecurrenceOp, StoreOp>);
}

bool StoragePlan::mayInline(Operation *op) const {
  Value value = op->getResult(0);
  if (value.use_empty() || (!value.hasOneUse() && !isReadAgain(op)))
    return false;
  return llvm::all_of(value.getUses(), [&](OpOperand &use) {
    Operation *user = use.getOwner();
    if (user->getBlock() != op->getBlock())
      return false;
    if (!isa<MapOp, ReduceOp, StoreOp, scf::ForOp, MmaOp>(user) &&
        !(isa<RecurrenceOp>(user) && isEvaluatedInside(use, target)))
      return false;
    // Where the accumulators begin there is no second loop for what is clipped.
    return !isa<LoadOp>(op) || (!feedsAccumulator(use) && findsTheSame(cast<LoadOp>(op)));
  });
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
  expand(value, /*sameElement=*/true, [&](Value read, bool) { reads.push_back(read); });
}

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

int StoragePlan::rowsFor(TileType type, Range range) {
  return newPlace(PlaceKind::Rows, rowStride(type), llvm::alignTo(rowBytes(type), KernelABI::alignment), range);
}

int StoragePlan::packedFor(const OperandFormat &format, Range range) {
  return newPlace(format.kind, format.stride, llvm::alignTo(format.bytes, KernelABI::alignment), range);
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
  if (auto loop = dyn_cast<scf::ForOp>(op))
    return placeCarried(loop);
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return placeResults(branch);
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
  Range range{pointOf(op), lastRead(value)};
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
    placeOf[result] = rowsFor(cast<TileType>(result.getType()), {pointOf(op), std::max(pointOf(op), lastRead(result))});
  int initial = placeOf.lookup(op.getInitial());
  SmallVector<Value> others;
  for (Value operand : op->getOperands())
    if (operand != op.getInitial() && isa<TileType>(operand.getType()))
      readsOf(operand, others);
  bool readOtherwise = llvm::any_of(others, [&](Value read) { return find(placeOf.lookup(read)) == find(initial); });
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

void StoragePlan::annotateProducts() {
  Builder builder(kernel.getContext());
  kernel->setAttr("tile.cpu", CPUAttr::get(kernel.getContext(), target.vectorBits, target.hasAVX512BF16));
  for (Operation *op : order) {
    auto mma = dyn_cast<MmaOp>(op);
    if (!mma)
      continue;
    WordFormat format = WordFormat::get(mma.getA().getType().getElementType(), target);
    RegisterBlock block = streamsRight(mma) ? RegisterBlock{std::min<int64_t>(mma.getM(), 4), format.lanes}
                                            : RegisterBlock::choose(mma.getM(), mma.getN(), format, target);
    op->setAttr("tile.block", builder.getDenseI64ArrayAttr({block.rows, block.columns}));
    op->setAttr("tile.pack_a", attributeOf(packA.lookup(op)));
    op->setAttr("tile.pack_b", attributeOf(packB.lookup(op)));
  }
}
