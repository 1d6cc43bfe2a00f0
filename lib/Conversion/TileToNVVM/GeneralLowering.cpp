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
    : PlacedLowering(context.code, context.scalars), kernel(kernel), context(context), code(context.code),
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

bool GeneralLowering::lowerOther(Operation &op) {
  return llvm::TypeSwitch<Operation *, bool>(&op)
      .Case([&](DimOp dim) {
        context.scalars.map(dim.getResult(), context.views.find(dim.getView())->second.sizes[dim.getDimension()]);
        return true;
      })
      .Case([&](StoreOp store) { return lowerStore(store), true; })
      .Case([&](ReadOp read) { return lowerRead(read), true; })
      .Case([&](WriteOp write) { return lowerWrite(write), true; })
      .Case([&](ExtractOp extract) { return lowerExtract(extract), true; })
      .Case([&](RecurrenceOp recurrence) { return lowerRecurrence(recurrence), true; })
      .Default([](Operation *) { return false; });
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

/// Without a turn what was open before the loop stays open behind it.
void GeneralLowering::lowerBody(scf::ForOp loop) {
  SmallVector<Memory> readsBefore = reads, writesBefore = writes;
  PlacedLowering::lowerBody(loop);
  wait(); // the next turn starts with nothing open
  reads = readsBefore, writes = writesBefore;
}

/// Each arm starts with what is open before them; behind them all of it may be.
void GeneralLowering::lowerArms(scf::IfOp branch, LowerArm lowerArm) {
  SmallVector<Memory> readsBefore = reads, writesBefore = writes, readsBehind = reads, writesBehind = writes;
  PlacedLowering::lowerArms(branch, [&](Region &arm) {
    reads = readsBefore, writes = writesBefore;
    lowerArm(arm);
    llvm::append_range(readsBehind, reads);
    llvm::append_range(writesBehind, writes);
  });
  reads = readsBehind, writes = writesBehind;
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
