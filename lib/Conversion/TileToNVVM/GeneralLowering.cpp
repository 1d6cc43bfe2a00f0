//===- GeneralLowering.cpp - A text as the program of each thread ---------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GeneralLowering.h"
#include "PieceCopy.h"
#include "TilePlacement.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

static bool isTile(Value value) { return isa<TileType>(value.getType()); }

GeneralLowering::GeneralLowering(KernelOp kernel, KernelContext &context)
    : kernel(kernel), context(context), code(context.code),
      threads(32 * kernel->getAttrOfType<ScheduleAttr>("tile.schedule").getWarps()) {}

void GeneralLowering::run() {
  lane = code.rem(context.thread, 32);
  mapBlockIds();
  lowerBlock(kernel.getBlock());
}

/// Block (b0 * g1 + b1) * g2 + b2 of the launch has coordinates b0, b1, b2.
void GeneralLowering::mapBlockIds() {
  auto fixed = kernel->getAttrOfType<DenseI64ArrayAttr>(kGridAttr);
  auto size = [&](unsigned d) -> Value {
    int64_t known = fixed ? fixed.asArrayRef()[d] : 0;
    return known ? code.index(known) : context.grid[d];
  };
  Value block = code.widen(NVVM::BlockIdXOp::create(code, code.getI32Type())), g1 = size(1), g2 = size(2);
  Value b01 = code.createOrFold<arith::DivUIOp>(block, g2);
  Value ids[] = {code.createOrFold<arith::DivUIOp>(b01, g1), code.createOrFold<arith::RemUIOp>(b01, g1),
                 code.createOrFold<arith::RemUIOp>(block, g2)};
  kernel.walk([&](BlockIdOp id) { context.scalars.map(id.getResult(), ids[id.getDimension()]); });
}

void GeneralLowering::lowerBlock(Block &block) {
  for (Operation &op : block)
    lower(op);
}

void GeneralLowering::lower(Operation &op) {
  llvm::TypeSwitch<Operation *>(&op)
      .Case<BlockIdOp, ReturnOp>([](auto) {})
      .Case<scf::YieldOp>([](auto) {}) // written by the loop or branch around it
      .Case([&](DimOp dim) {
        context.scalars.map(dim.getResult(), context.views.find(dim.getView())->second.sizes[dim.getDimension()]);
      })
      .Case([&](StoreOp store) { lowerStore(store); })
      .Case([&](ReadOp read) { lowerRead(read); })
      .Case([&](WriteOp write) { lowerWrite(write); })
      .Case([&](ExtractOp extract) { lowerExtract(extract); })
      .Case([&](RecurrenceOp recurrence) { lowerRecurrence(recurrence); })
      .Case([&](scf::ForOp loop) { lowerFor(loop); })
      .Case([&](scf::IfOp branch) { lowerIf(branch); })
      .Default([&](Operation *other) {
        if (other->getNumResults() == 1 && isTile(other->getResult(0)))
          lowerTile(*other);
        else
          code.clone(*other, context.scalars);
      });
}

//===----------------------------------------------------------------------===//
// Who waits for whom
//===----------------------------------------------------------------------===//

void GeneralLowering::wait() {
  if (reads.empty() && writes.empty())
    return;
  NVVM::BarrierOp::create(code);
  reads.clear(), writes.clear();
}

/// Says what the next operation reads and writes. Within it, a thread reads in memory what no other thread writes.
void GeneralLowering::access(ArrayRef<Memory> nextReads, ArrayRef<Memory> nextWrites) {
  auto overlap = [](ArrayRef<Memory> some, ArrayRef<Memory> others) {
    return llvm::any_of(some, [&](const Memory &a) {
      return llvm::any_of(others, [&](const Memory &b) { return a.overlaps(b); });
    });
  };
  if (overlap(nextReads, writes) || overlap(nextWrites, writes) || overlap(nextWrites, reads))
    wait();
  reads.append(nextReads.begin(), nextReads.end());
  writes.append(nextWrites.begin(), nextWrites.end());
}

GeneralLowering::Memory GeneralLowering::memoryOf(Value tile) const {
  auto type = cast<TileType>(tile.getType());
  int64_t begin = places.lookup(tile).getOffset();
  return {Value(), begin, begin + sharedBytes(type)};
}

/// The memory in which an element of the tile is looked up.
void GeneralLowering::appendReads(Value tile, SmallVectorImpl<Memory> &found) const {
  if (!isInline(tile)) {
    found.push_back(memoryOf(tile));
    return;
  }
  Operation *op = tile.getDefiningOp();
  if (auto load = dyn_cast<LoadOp>(op))
    found.push_back({load.getView()});
  for (Value operand : op->getOperands())
    if (isTile(operand))
      appendReads(operand, found);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

void GeneralLowering::lowerTile(Operation &op) {
  Value tile = op.getResult(0);
  places[tile] = op.getAttrOfType<PlaceAttr>("tile.place");
  if (isInline(tile))
    return;
  if (auto mma = dyn_cast<MmaOp>(op))
    return lowerMma(mma);
  if (auto reduce = dyn_cast<ReduceOp>(op))
    return lowerReduce(reduce);
  if (auto sum = dyn_cast<PrefixSumOp>(op))
    return lowerPrefixSum(sum);
  // A load or map that is kept: its elements are made once, now.
  PlaceAttr place = places[tile];
  places[tile] = PlaceAttr::get(code.getContext(), PlaceKind::Inline, 0, 0);
  moveTo(tile, place);
  places[tile] = place;
}

void GeneralLowering::lowerStore(StoreOp store) {
  Value tile = store.getValue();
  SmallVector<Memory> from;
  appendReads(tile, from);
  access(from, Memory{store.getView()});
  Type element = store.getValue().getType().getElementType();
  ViewAddress to(store.getView(), store.getIndices(), store.getValue().getType().getRank(), context, context.scalars);
  to.restrictTo(store, context.scalars);
  prepare(tile);
  if (isInline(tile) && pieceOf(store) > 1)
    return copyPieces(store, to);
  bool isNumber = store.getValue().getType().getRank() == 0;
  forElements(store.getValue().getType(), [&](Value row, Value column) {
    Value inside = code.both(to.rowInside(row), isNumber ? Value() : to.columnInside(column));
    auto write = [&] {
      LLVM::StoreOp::create(code, this->element(tile, row, column), to.at(row, column),
                            element.getIntOrFloatBitWidth() / 8);
    };
    inside ? code.ifThen(inside, write) : write();
  });
}

void GeneralLowering::lowerRead(ReadOp read) {
  access(Memory{read.getView()}, {});
  ViewAddress view(read.getView(), read.getIndices(), /*tileRank=*/0, context, context.scalars);
  Type element = read.getResult().getType();
  Value inside = view.rowInside(Value());
  auto load = [&]() -> Value {
    return LLVM::LoadOp::create(code, element, view.rowPointer(Value()), element.getIntOrFloatBitWidth() / 8);
  };
  context.scalars.map(read.getResult(), inside ? code.ifElse(inside, element, load, code.zero(element)) : load());
}

void GeneralLowering::lowerWrite(WriteOp write) {
  access({}, Memory{write.getView()});
  ViewAddress view(write.getView(), write.getIndices(), /*tileRank=*/0, context, context.scalars);
  Value first = code.equal(context.thread, code.i32(0));
  code.ifThen(code.both(first, view.rowInside(Value())), [&] {
    LLVM::StoreOp::create(code, scalar(write.getValue()), view.rowPointer(Value()),
                          write.getValue().getType().getIntOrFloatBitWidth() / 8);
  });
}

/// All threads read the same element.
void GeneralLowering::lowerExtract(ExtractOp extract) {
  SmallVector<Memory> from;
  appendReads(extract.getInput(), from);
  access(from, {});
  prepare(extract.getInput());
  SmallVector<Value> at(2 - extract.getIndices().size(), code.i32(0));
  for (Value index : extract.getIndices())
    at.push_back(code.narrow(scalar(index)));
  context.scalars.map(extract.getResult(), element(extract.getInput(), at[0], at[1]));
}

//===----------------------------------------------------------------------===//
// Control flow
//===----------------------------------------------------------------------===//

static PlaceAttr placeOf(Operation *op, StringRef name, unsigned number) {
  auto places = op->getAttrOfType<ArrayAttr>(name);
  return places ? cast<PlaceAttr>(places[number]) : PlaceAttr();
}

SmallVector<Value> GeneralLowering::yieldScalars(Operation *yield) {
  SmallVector<Value> scalars;
  for (Value operand : yield->getOperands())
    if (!isTile(operand))
      scalars.push_back(scalar(operand));
  return scalars;
}

void GeneralLowering::lowerFor(scf::ForOp loop) {
  SmallVector<Value> inits;
  for (auto [n, init] : llvm::enumerate(loop.getInitArgs())) {
    if (isTile(init))
      moveTo(init, placeOf(loop, "tile.places", n));
    else
      inits.push_back(scalar(init));
  }
  auto copy = scf::ForOp::create(code, scalar(loop.getLowerBound()), scalar(loop.getUpperBound()),
                                 scalar(loop.getStep()), inits);
  // Tiles are carried in memory, under one name in the loop and one after it.
  unsigned carried = 0;
  for (auto [n, result] : llvm::enumerate(loop.getResults())) {
    if (isTile(result)) {
      places[result] = places[loop.getRegionIterArg(n)] = placeOf(loop, "tile.places", n);
      continue;
    }
    context.scalars.map(loop.getRegionIterArg(n), copy.getRegionIterArg(carried));
    context.scalars.map(result, copy.getResult(carried++));
  }
  context.scalars.map(loop.getInductionVar(), copy.getInductionVar());
  // Without a turn what was open before the loop stays open behind it.
  SmallVector<Memory> readsBefore = reads, writesBefore = writes;
  OpBuilder::InsertionGuard guard(code);
  code.setInsertionPointToStart(copy.getBody());
  lowerBlock(*loop.getBody());
  lowerYield(loop);
  wait(); // the next turn starts with nothing open
  if (!inits.empty())
    scf::YieldOp::create(code, yieldScalars(loop.getBody()->getTerminator()));
  reads = readsBefore, writes = writesBefore;
}

/// First what other copies would overwrite, to places of its own; then everything to where it is carried.
void GeneralLowering::lowerYield(scf::ForOp loop) {
  Operation *yield = loop.getBody()->getTerminator();
  for (auto [n, operand] : llvm::enumerate(yield->getOperands())) {
    PlaceAttr temporary = placeOf(yield, "tile.temporaries", n);
    if (!temporary || temporary.getKind() == PlaceKind::Inline)
      continue;
    moveTo(operand, temporary);
    places[operand] = temporary;
  }
  for (auto [n, operand] : llvm::enumerate(yield->getOperands()))
    if (isTile(operand))
      moveTo(operand, placeOf(loop, "tile.places", n));
}

void GeneralLowering::lowerIf(scf::IfOp branch) {
  SmallVector<Type> types;
  for (Type type : branch.getResultTypes())
    if (!isa<TileType>(type))
      types.push_back(type);
  auto copy = scf::IfOp::create(code, types, scalar(branch.getCondition()), /*addThenBlock=*/true,
                                /*addElseBlock=*/branch.elseBlock() != nullptr);
  SmallVector<Memory> readsBefore = reads, writesBefore = writes, readsBehind = reads, writesBehind = writes;
  auto lowerArm = [&](Block *from, Block *to) {
    reads = readsBefore, writes = writesBefore;
    OpBuilder::InsertionGuard guard(code);
    code.setInsertionPointToStart(to);
    lowerBlock(*from);
    Operation *yield = from->getTerminator();
    for (auto [n, operand] : llvm::enumerate(yield->getOperands()))
      if (isTile(operand))
        moveTo(operand, placeOf(branch, "tile.places", n));
    scf::YieldOp::create(code, yieldScalars(yield));
    llvm::append_range(readsBehind, reads);
    llvm::append_range(writesBehind, writes);
  };
  lowerArm(branch.thenBlock(), copy.thenBlock());
  if (branch.elseBlock())
    lowerArm(branch.elseBlock(), copy.elseBlock());
  reads = readsBehind, writes = writesBehind;
  unsigned number = 0;
  for (auto [n, result] : llvm::enumerate(branch.getResults())) {
    if (isTile(result))
      places[result] = placeOf(branch, "tile.places", n);
    else
      context.scalars.map(result, copy.getResult(number++));
  }
}
