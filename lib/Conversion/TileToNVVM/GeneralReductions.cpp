//===- GeneralReductions.cpp - Sums along rows and columns ----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GeneralLowering.h"
#include "braid/Dialect/Tile/IR/PowerOfTwo.h"
#include "TilePlacement.h"
#include "braid/Dialect/Tile/IR/Combine.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

/// The value of the lane `distance` away, of 32 or 64 bits.
static Value exchange(Value value, int64_t distance, Code &code) {
  auto shuffle = [&](Value word) -> Value {
    return NVVM::ShflOp::create(code, code.getI32Type(), code.i32(-1), word, code.i32(distance), code.i32(31),
                                NVVM::ShflKind::bfly, UnitAttr());
  };
  Type type = value.getType();
  if (type.getIntOrFloatBitWidth() == 32)
    return code.createOrFold<LLVM::BitcastOp>(type, shuffle(code.createOrFold<LLVM::BitcastOp>(code.getI32Type(), value)));
  auto pair = VectorType::get(2, code.getI32Type());
  Value words = LLVM::BitcastOp::create(code, pair, value), other = LLVM::UndefOp::create(code, pair);
  for (int64_t n : {0, 1})
    other = LLVM::InsertElementOp::create(
        code, other, shuffle(LLVM::ExtractElementOp::create(code, words, code.i32(n))), code.i32(n));
  return LLVM::BitcastOp::create(code, type, other);
}

static Value combineLanes(ReduceKind kind, Value value, Code &code) {
  for (int64_t distance : {16, 8, 4, 2, 1})
    value = combine(kind, value, exchange(value, distance, code), code);
  return value;
}

static void forRange(Value low, int64_t high, int64_t step, Code &code, llvm::function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(code, low, code.i32(high), code.i32(step));
  OpBuilder::InsertionGuard guard(code);
  code.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

/// Elements first, first + step .. below count, in that order.
Value GeneralLowering::reduceLine(ReduceOp reduce, Value first, int64_t step, int64_t count,
                                  llvm::function_ref<Value(Value)> elementAt) {
  Value start = neutral(reduce.getKind(), reduce.getType().getElementType(), code);
  auto loop = scf::ForOp::create(code, first, code.i32(count), code.i32(step), ValueRange(start));
  OpBuilder::InsertionGuard guard(code);
  code.setInsertionPointToStart(loop.getBody());
  Value next = combine(reduce.getKind(), loop.getRegionIterArg(0), elementAt(loop.getInductionVar()), code);
  scf::YieldOp::create(code, next);
  return loop.getResult(0);
}

void GeneralLowering::lowerReduce(ReduceOp reduce) {
  SmallVector<Memory> read;
  appendReads(reduce.getInput(), read);
  access(read, {memoryOf(reduce), Memory{Value(), 0, TilePlacement::reductionBytes}});
  prepare(reduce.getInput());
  TileType type = reduce.getInput().getType();
  bool alongRow = type.getRank() == 1 || reduce.getDimension() == 1;
  if (alongRow)
    return type.getRows() == 1 ? reduceByBlock(reduce) : reduceByWarps(reduce);
  // A thread for each column.
  forRange(context.thread, type.getColumns(), threads, code, [&](Value column) {
    Value sum = reduceLine(reduce, code.i32(0), 1, type.getRows(),
                           [&](Value row) { return element(reduce.getInput(), row, column); });
    set(reduce, code.i32(0), column, sum);
  });
}

/// One row: every thread some columns, then the lanes of each warp, then the warps in order.
void GeneralLowering::reduceByBlock(ReduceOp reduce) {
  Type type = reduce.getType().getElementType();
  int64_t bytes = type.getIntOrFloatBitWidth() / 8;
  Value sum = reduceLine(reduce, context.thread, threads, reduce.getInput().getType().getColumns(),
                         [&](Value column) { return element(reduce.getInput(), code.i32(0), column); });
  sum = combineLanes(reduce.getKind(), sum, code);
  auto slot = [&](Value warp) { return context.sharedAt(code.mul(warp, bytes)); };
  code.ifThen(code.equal(lane, code.i32(0)), [&] { LLVM::StoreOp::create(code, sum, slot(context.warp), bytes); });
  NVVM::BarrierOp::create(code);
  code.ifThen(code.equal(context.thread, code.i32(0)), [&] {
    Value total = reduceLine(reduce, code.i32(0), 1, threads / 32, [&](Value warp) -> Value {
      return LLVM::LoadOp::create(code, type, slot(warp), bytes);
    });
    set(reduce, code.i32(0), code.i32(0), total);
  });
}

/// A warp for each row.
void GeneralLowering::reduceByWarps(ReduceOp reduce) {
  TileType type = reduce.getInput().getType();
  forRange(context.warp, type.getRows(), threads / 32, code, [&](Value row) {
    Value sum = reduceLine(reduce, lane, 32, type.getColumns(),
                           [&](Value column) { return element(reduce.getInput(), row, column); });
    sum = combineLanes(reduce.getKind(), sum, code);
    code.ifThen(code.equal(lane, code.i32(0)), [&] { set(reduce, code.i32(0), row, sum); });
  });
}

/// A thread for each line, since each sum is added to the one before.
void GeneralLowering::lowerPrefixSum(PrefixSumOp op) {
  SmallVector<Memory> read;
  appendReads(op.getInput(), read);
  access(read, memoryOf(op));
  prepare(op.getInput());
  TileType type = op.getType();
  bool alongRow = type.getRank() == 1 || op.getDimension() == 1;
  int64_t count = alongRow ? type.getColumns() : type.getRows(), lines = alongRow ? type.getRows() : type.getColumns();
  forRange(context.thread, lines, threads, code, [&](Value line) {
    Value start = code.zero(type.getElementType());
    auto loop = scf::ForOp::create(code, code.i32(0), code.i32(count), code.i32(1), ValueRange(start));
    OpBuilder::InsertionGuard guard(code);
    code.setInsertionPointToStart(loop.getBody());
    Value turn = loop.getInductionVar(), i = op.getReverse() ? code.sub(code.i32(count - 1), turn) : turn;
    Value row = alongRow ? line : i, column = alongRow ? i : line;
    Value next = combine(ReduceKind::Add, loop.getRegionIterArg(0), element(op.getInput(), row, column), code);
    set(op, row, column, next);
    scf::YieldOp::create(code, next);
  });
}

/// A thread for each column, which keeps its states where the last ones go.
void GeneralLowering::lowerRecurrence(RecurrenceOp op) {
  for (auto [result, place] : llvm::zip(op->getResults(), op->getAttrOfType<ArrayAttr>("tile.places")))
    places[result] = cast<PlaceAttr>(place);
  Value tiles[] = {op.getU(), op.getStep(), op.getB(), op.getC(), op.getRate(), op.getInitial()};
  SmallVector<Memory> read;
  for (Value tile : tiles)
    appendReads(tile, read);
  access(read, {memoryOf(op.getResult()), memoryOf(op.getLast())});
  for (Value tile : tiles)
    prepare(tile);
  int64_t rows = op.getTokens(), states = op.getStates();
  Value count = code.createOrFold<arith::MinSIOp>(scalar(op.getCount()), code.index(rows));
  count = code.narrow(code.createOrFold<arith::MaxSIOp>(count, code.index(0)));
  Type type = op.getResult().getType().getElementType();
  forRange(context.thread, op.getChannels(), threads, code, [&](Value column) {
    forRange(code.i32(0), states, 1, code,
             [&](Value n) { set(op.getLast(), n, column, element(op.getInitial(), n, column)); });
    forRange(code.i32(0), rows, 1, code, [&](Value i) {
      Value y = code.ifElse(code.less(i, count), type, [&] { return advance(op, i, column); }, code.zero(type));
      set(op.getResult(), i, column, y);
    });
  });
}

/// Takes a column's states over row i and reads them out.
Value GeneralLowering::advance(RecurrenceOp op, Value i, Value column) {
  Value u = element(op.getU(), i, column), step = element(op.getStep(), i, column);
  auto loop = scf::ForOp::create(code, code.i32(0), code.i32(op.getStates()), code.i32(1), ValueRange(code.zero(u.getType())));
  OpBuilder::InsertionGuard guard(code);
  code.setInsertionPointToStart(loop.getBody());
  Value n = loop.getInductionVar();
  Value decay = powersOfTwo(code, arith::MulFOp::create(code, element(op.getRate(), n, column), step).getResult()).front();
  Value added = arith::MulFOp::create(code, element(op.getB(), i, n), u);
  Value state = math::FmaOp::create(code, decay, element(op.getLast(), n, column), added);
  set(op.getLast(), n, column, state);
  Value y = math::FmaOp::create(code, element(op.getC(), i, n), state, loop.getRegionIterArg(0));
  scf::YieldOp::create(code, y);
  return loop.getResult(0);
}
