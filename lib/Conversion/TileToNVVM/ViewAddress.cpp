//===- ViewAddress.cpp - Where a tile lies in a view ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ViewAddress.h"
#include "IndexFacts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

ViewAddress::ViewAddress(Value view, ValueRange positions, unsigned tileRank, KernelContext &context,
                         const IRMapping &scalars)
    : code(context.code), type(cast<ViewType>(view.getType())), tileRank(tileRank) {
  const ViewMemory &memory = context.views.find(view)->second;
  SmallVector<int64_t> strides = type.getStrides();
  unsigned rank = type.getRank();
  Value offset = code.index(0);
  for (auto [d, position] : llvm::enumerate(positions)) {
    Value at = scalars.lookup(position);
    indices.push_back(at);
    offset = code.add(offset, code.mul(at, strides[d]));
    bool isColumn = tileRank > 0 && d + 1 == rank, isRow = tileRank == 2 && d + 2 == rank;
    if (isColumn || isRow) {
      Range &range = isColumn ? columns : rows;
      range.index = at;
      narrow(range, isNonNegative(position) ? Value() : code.index(0), memory.sizes[d], code);
      continue;
    }
    leading = code.both(leading, code.less(at, memory.sizes[d]));
    if (!isNonNegative(position))
      leading = code.both(leading, code.less(code.index(-1), at));
  }
  Value distance = arith::IndexCastOp::create(code, code.getI64Type(), offset);
  start = LLVM::GEPOp::create(code, memory.pointer.getType(), type.getElementType(), memory.pointer,
                              ArrayRef<LLVM::GEPArg>{distance});
  // A view into a wider buffer may start anywhere.
  alignedPairs = type.getExplicitStrides().empty() && type.getShape().back() % 2 == 0 && tileRank > 0 &&
                 divisorOf(positions.back()) % 2 == 0;
}

/// From view coordinates to the tile's, cut to what an i32 holds: a tile has fewer than 2^30 elements along a dimension.
Value ViewAddress::local(Value limit, Value index) const {
  Value distance = code.sub(limit, index);
  distance = arith::MinSIOp::create(code, distance, code.index(1 << 30));
  return code.narrow(arith::MaxSIOp::create(code, distance, code.index(-(1 << 30))));
}

void ViewAddress::narrow(Range &range, Value low, Value high, Code &code) {
  if (low)
    range.low = range.low ? arith::MaxSIOp::create(code, range.low, low).getResult() : low;
  range.high = range.high ? arith::MinSIOp::create(code, range.high, high).getResult() : high;
}

void ViewAddress::restrict(int64_t dimension, Value low, Value high) {
  unsigned rank = type.getRank();
  bool startsThere = low == indices[dimension]; // then nothing of the tile lies below
  if (tileRank > 0 && dimension + 1 == rank)
    return narrow(columns, startsThere ? Value() : low, high, code);
  if (tileRank == 2 && dimension + 2 == rank)
    return narrow(rows, startsThere ? Value() : low, high, code);
  leading = code.both(leading, code.both(code.less(indices[dimension], high),
                                         code.less(code.sub(low, code.index(1)), indices[dimension])));
}

Value ViewAddress::inside(const Range &range, Value coordinate) const {
  if (range.block != code.getInsertionBlock()) {
    range.block = code.getInsertionBlock();
    range.localLow = range.low ? local(range.low, range.index) : Value();
    range.localHigh = local(range.high, range.index);
  }
  Value result = code.less(coordinate, range.localHigh);
  return range.low ? code.both(result, code.less(code.sub(range.localLow, code.i32(1)), coordinate)) : result;
}

Value ViewAddress::rowInside(Value row) const {
  return tileRank == 2 ? code.both(leading, inside(rows, row)) : leading;
}

Value ViewAddress::columnInside(Value column) const { return inside(columns, column); }

Value ViewAddress::rowPointer(Value row) const {
  if (tileRank < 2)
    return start;
  int64_t stride = type.getStrides()[type.getRank() - 2];
  Value wide = arith::ExtSIOp::create(code, code.getI64Type(), row);
  Value offset = arith::MulIOp::create(code, wide, code.i64(stride));
  return LLVM::GEPOp::create(code, start.getType(), type.getElementType(), start, ArrayRef<LLVM::GEPArg>{offset});
}

Value ViewAddress::further(Value rowPointer, int64_t rows) const {
  int64_t distance = rows * type.getStrides()[type.getRank() - 2];
  return LLVM::GEPOp::create(code, start.getType(), type.getElementType(), rowPointer,
                             ArrayRef<LLVM::GEPArg>{code.i64(distance)});
}

Value ViewAddress::inRow(Value rowPointer, Value column) const {
  Value wide = arith::ExtSIOp::create(code, code.getI64Type(), column);
  return LLVM::GEPOp::create(code, start.getType(), type.getElementType(), rowPointer, ArrayRef<LLVM::GEPArg>{wide});
}

Value ViewAddress::at(Value row, Value column) const { return inRow(rowPointer(row), column); }
