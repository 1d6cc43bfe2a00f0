//===- RegisterMemory.cpp - Between global memory and registers -----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IndexFacts.h"
#include "RoleLowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

//===----------------------------------------------------------------------===//
// A tile's place in a view
//===----------------------------------------------------------------------===//

ViewAddress::ViewAddress(Value view, ValueRange positions, unsigned tileRank, RoleLowering &role)
    : code(role.getContext().code), type(cast<ViewType>(view.getType())), tileRank(tileRank) {
  const ViewMemory &memory = role.getContext().views.find(view)->second;
  SmallVector<int64_t> strides = type.getStrides();
  unsigned rank = type.getRank();
  Value offset = code.index(0);
  for (auto [d, position] : llvm::enumerate(positions)) {
    Value at = role.scalar(position);
    indices.push_back(at);
    offset = code.add(offset, code.mul(at, strides[d]));
    bool isColumn = tileRank > 0 && d + 1 == rank, isRow = tileRank == 2 && d + 2 == rank;
    if (isColumn || isRow) {
      bound(isColumn ? columns : rows, at, isNonNegative(position) ? Value() : code.index(0), memory.sizes[d]);
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
void ViewAddress::bound(Range &range, Value index, Value low, Value high) {
  auto local = [&](Value limit) -> Value {
    Value distance = code.sub(limit, index);
    distance = arith::MinSIOp::create(code, distance, code.index(1 << 30));
    return code.narrow(arith::MaxSIOp::create(code, distance, code.index(-(1 << 30))));
  };
  if (low) {
    Value bound = local(low);
    range.low = range.low ? arith::MaxSIOp::create(code, range.low, bound).getResult() : bound;
  }
  Value bound = local(high);
  range.high = range.high ? arith::MinSIOp::create(code, range.high, bound).getResult() : bound;
}

void ViewAddress::restrict(int64_t dimension, Value low, Value high) {
  unsigned rank = type.getRank();
  if (tileRank > 0 && dimension + 1 == rank)
    return bound(columns, indices[dimension], low, high);
  if (tileRank == 2 && dimension + 2 == rank)
    return bound(rows, indices[dimension], low, high);
  leading = code.both(leading, code.both(code.less(indices[dimension], high),
                                         code.less(code.sub(low, code.index(1)), indices[dimension])));
}

Value ViewAddress::inside(const Range &range, Value coordinate) const {
  Value result = code.less(coordinate, range.high);
  return range.low ? code.both(result, code.less(code.sub(range.low, code.i32(1)), coordinate)) : result;
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

Value ViewAddress::inRow(Value rowPointer, Value column) const {
  Value wide = arith::ExtSIOp::create(code, code.getI64Type(), column);
  return LLVM::GEPOp::create(code, start.getType(), type.getElementType(), rowPointer, ArrayRef<LLVM::GEPArg>{wide});
}

Value ViewAddress::at(Value row, Value column) const { return inRow(rowPointer(row), column); }

//===----------------------------------------------------------------------===//
// Between global memory and registers
//===----------------------------------------------------------------------===//

namespace {
/// Visits a thread's elements of a tile in memory: the rows once, then pairs of columns or single elements.
class ElementWalk {
public:
  ElementWalk(const RegisterTile &shape, const ViewAddress &view, const ThreadPlace &place, Code &code)
      : shape(shape), view(view), place(place), code(code) {}

  /// body(first element, its address, whether it lies inside, how many elements).
  void run(llvm::function_ref<void(int64_t, Value, Value, int64_t)> body) {
    bool inPairs = shape.spread == Spread::Lanes ? shape.size() % 2 == 0 && shape.type.getColumns() > 1
                                                 : shape.spread != Spread::Rows && shape.size() > 1;
    int64_t step = view.hasAlignedPairs() && inPairs ? 2 : 1;
    for (int64_t i = 0; i < shape.size(); i += step) {
      const Row &row = rowOf(i);
      Value column = shape.column(i, place, code);
      body(i, view.inRow(row.pointer, column), code.both(row.inside, view.columnInside(column)), step);
    }
  }

private:
  struct Row {
    Value pointer, inside;
  };
  const Row &rowOf(int64_t i) {
    int64_t offset = shape.spread == Spread::Matrix ? shape.rowOffset(i) : shape.type.getColumns() == 1 ? i : 0;
    auto [known, isNew] = rows.try_emplace(offset);
    if (isNew) {
      Value row = shape.row(i, place, code);
      known->second = {view.rowPointer(row), view.rowInside(row)};
    }
    return known->second;
  }

  const RegisterTile &shape;
  const ViewAddress &view;
  const ThreadPlace &place;
  Code &code;
  llvm::DenseMap<int64_t, Row> rows;
};
} // namespace

static int64_t bytesOf(Type element) { return element.getIntOrFloatBitWidth() / 8; }

template <typename AccessOp> static void restrictTo(AccessOp op, ViewAddress &view, RoleLowering &role) {
  for (auto [d, low, high] : llvm::zip(op.getValidDims(), op.getLower(), op.getUpper()))
    view.restrict(d, role.scalar(low), role.scalar(high));
}

void RoleLowering::lowerLoad(LoadOp op) {
  RegisterTile shape(op.getType(), RegisterTile::spreadOf(op));
  ViewAddress view(op.getView(), op.getIndices(), op.getType().getRank(), *this);
  restrictTo(op, view, *this);
  Type element = op.getType().getElementType();
  SmallVector<Value> elements;
  ElementWalk(shape, view, place, code).run([&](int64_t, Value address, Value inside, int64_t count) {
    Type type = count == 1 ? element : Type(VectorType::get(count, element));
    Value value = code.ifElse(
        inside, type, [&] { return LLVM::LoadOp::create(code, type, address, count * bytesOf(element)).getResult(); },
        code.zero(type));
    for (int64_t n = 0; n < count; ++n)
      elements.push_back(count == 1 ? value : LLVM::ExtractElementOp::create(code, value, code.i32(n)).getResult());
  });
  tiles[op] = RegisterTile::of(op.getType(), shape.spread, elements, code);
}

void RoleLowering::lowerStore(StoreOp op) {
  const RegisterTile &tile = tiles.find(op.getValue())->second;
  ViewAddress view(op.getView(), op.getIndices(), tile.type.getRank(), *this);
  restrictTo(op, view, *this);
  Type element = tile.type.getElementType();
  // Where several threads hold the same element, one writes it.
  Value writes;
  if (tile.spread == Spread::Rows)
    writes = code.equal(place.column, code.i32(0));
  else if (tile.spread == Spread::Columns)
    writes = code.equal(place.row, code.i32(0));
  else if (tile.spread == Spread::One)
    writes = code.equal(place.thread, code.i32(0));
  ElementWalk(tile, view, place, code).run([&](int64_t first, Value address, Value inside, int64_t count) {
    code.ifThen(code.both(writes, inside), [&] {
      Value value = tile.element(first, code);
      if (count > 1) {
        Value pair = LLVM::UndefOp::create(code, VectorType::get(count, element));
        for (int64_t n = 0; n < count; ++n)
          pair = LLVM::InsertElementOp::create(code, pair, tile.element(first + n, code), code.i32(n));
        value = pair;
      }
      LLVM::StoreOp::create(code, value, address, count * bytesOf(element));
    });
  });
}

LogicalResult RoleLowering::lowerRead(ReadOp op) {
  ViewAddress view(op.getView(), op.getIndices(), /*tileRank=*/0, *this);
  Type element = op.getResult().getType();
  Value inside = view.rowInside(Value());
  auto load = [&] { return LLVM::LoadOp::create(code, element, view.rowPointer(Value()), bytesOf(element)).getResult(); };
  scalars.map(op.getResult(), inside ? code.ifElse(inside, element, load, code.zero(element)) : load());
  return success();
}
