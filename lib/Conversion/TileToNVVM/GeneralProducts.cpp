//===- GeneralProducts.cpp - Matrix products by multiply-adds -------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The threads form a grid over the result, and each takes every so-many-th row
// and column: neighbours read neighbouring columns, and what a row's threads
// read of the left operand is the same. A block of sums stays in registers while
// k runs; several k at once are read with one instruction where they are
// neighbours in memory.
//
//===----------------------------------------------------------------------===//

#include "GeneralLowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

/// How the threads share a product out.
struct GeneralLowering::ProductShare {
  int64_t down, across;  // threads along rows and columns
  int64_t rows, columns; // of a thread at a time
  int64_t rowBlocks, columnBlocks;

  ProductShare(int64_t m, int64_t n, int64_t threads, Type element) {
    int64_t most = element.isF64() ? 4 : 8, best = 0;
    for (int64_t width = 1; width <= threads; width *= 2) {
      int64_t perRow = llvm::divideCeil(m, threads / width), perColumn = llvm::divideCeil(n, width);
      // Sums first, then what is read for them.
      int64_t cost = 1024 * perRow * perColumn + perRow + perColumn;
      if (best && cost >= best)
        continue;
      best = cost;
      across = width, down = threads / width;
      rowBlocks = llvm::divideCeil(perRow, most), columnBlocks = llvm::divideCeil(perColumn, most);
      rows = llvm::divideCeil(perRow, rowBlocks), columns = llvm::divideCeil(perColumn, columnBlocks);
    }
  }
};

void GeneralLowering::lowerMma(MmaOp mma) {
  SmallVector<Memory> read;
  for (Value operand : {mma.getA(), mma.getB(), mma.getAccumulator()}) {
    appendReads(operand, read);
    prepare(operand);
  }
  access(read, memoryOf(mma));
  ProductShare share(mma.getM(), mma.getN(), threads, mma.getType().getElementType());
  auto forBlocks = [&](int64_t blocks, int64_t size, llvm::function_ref<void(Value)> body) {
    if (blocks == 1)
      return body(code.i32(0));
    auto loop = scf::ForOp::create(code, code.i32(0), code.i32(blocks * size), code.i32(size));
    OpBuilder::InsertionGuard guard(code);
    code.setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVar());
  };
  forBlocks(share.rowBlocks, share.rows * share.down, [&](Value firstRow) {
    forBlocks(share.columnBlocks, share.columns * share.across,
              [&](Value firstColumn) { multiplyBlock(mma, share, firstRow, firstColumn); });
  });
}

/// Elements k .. k + count of a line of an operand, which lies along the tile's rows or its columns.
SmallVector<Value> GeneralLowering::factors(Value tile, bool alongRow, Value line, Value k, int64_t count, Type type) {
  Type stored = cast<TileType>(tile.getType()).getElementType();
  SmallVector<Value> values;
  if (alongRow && count > 1 && !isInline(tile)) {
    auto vector = VectorType::get(count, stored);
    Value all = LLVM::LoadOp::create(code, vector, address(tile, line, k), count * stored.getIntOrFloatBitWidth() / 8);
    for (int64_t n = 0; n < count; ++n)
      values.push_back(LLVM::ExtractElementOp::create(code, all, code.i32(n)));
  } else {
    for (int64_t n = 0; n < count; ++n)
      values.push_back(alongRow ? element(tile, line, code.add(k, n)) : element(tile, code.add(k, n), line));
  }
  if (stored != type)
    for (Value &value : values)
      value = arith::ExtFOp::create(code, type, value);
  return values;
}

void GeneralLowering::multiplyBlock(MmaOp mma, const ProductShare &share, Value firstRow, Value firstColumn) {
  const int64_t m = mma.getM(), n = mma.getN(), depth = mma.getK();
  Type type = mma.getType().getElementType();
  Value thisRow = code.add(code.div(context.thread, share.across), firstRow);
  Value thisColumn = code.add(code.rem(context.thread, share.across), firstColumn);
  // A place outside the result repeats its edge and is not written.
  struct Line {
    Value at, inside; // null where every thread's lies inside
  };
  auto lines = [&](Value first, int64_t count, int64_t step, int64_t end, int64_t blocks) {
    SmallVector<Line> result;
    for (int64_t i = 0; i < count; ++i) {
      Value at = code.add(first, i * step);
      bool mayLeave = blocks == 1 ? (i + 1) * step > end : count * step * blocks > end;
      Value inside = mayLeave ? code.less(at, code.i32(end)) : Value();
      result.push_back({mayLeave ? arith::MinSIOp::create(code, at, code.i32(end - 1)).getResult() : at, inside});
    }
    return result;
  };
  SmallVector<Line> rows = lines(thisRow, share.rows, share.down, m, share.rowBlocks);
  SmallVector<Line> columns = lines(thisColumn, share.columns, share.across, n, share.columnBlocks);

  SmallVector<Value> sums;
  for (const Line &row : rows)
    for (const Line &column : columns)
      sums.push_back(element(mma.getAccumulator(), row.at, column.at));

  auto addProducts = [&](Value k, int64_t count, MutableArrayRef<Value> sums) {
    SmallVector<SmallVector<Value>> right;
    for (const Line &column : columns)
      right.push_back(factors(mma.getB(), mma.getTransposeB(), column.at, k, count, type));
    for (auto [r, row] : llvm::enumerate(rows)) {
      SmallVector<Value> left = factors(mma.getA(), !mma.getTransposeA(), row.at, k, count, type);
      for (int64_t n = 0; n < count; ++n)
        for (size_t c = 0; c < columns.size(); ++c) {
          Value &sum = sums[r * columns.size() + c];
          sum = math::FmaOp::create(code, left[n], right[c][n], sum);
        }
    }
  };
  // The rows of a tile begin at multiples of 16 bytes, but for very short ones.
  int64_t atOnce = depth < 8 ? 1 : type.isF64() ? 2 : 4, whole = depth / atOnce * atOnce;
  auto loop = scf::ForOp::create(code, code.i32(0), code.i32(whole), code.i32(atOnce), sums);
  {
    OpBuilder::InsertionGuard guard(code);
    code.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> carried(loop.getRegionIterArgs());
    addProducts(loop.getInductionVar(), atOnce, carried);
    scf::YieldOp::create(code, carried);
  }
  sums.assign(loop.getResults().begin(), loop.getResults().end());
  for (int64_t k = whole; k < depth; ++k)
    addProducts(code.i32(k), 1, sums);

  for (auto [r, row] : llvm::enumerate(rows))
    for (auto [c, column] : llvm::enumerate(columns)) {
      Value sum = sums[r * columns.size() + c], inside = code.both(row.inside, column.inside);
      auto write = [&, row = row, column = column] { set(mma, row.at, column.at, sum); };
      inside ? code.ifThen(inside, write) : write();
    }
}
