//===- RegisterMemory.cpp - Between global memory and registers -----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RoleLowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

//===----------------------------------------------------------------------===//
// Between global memory and registers
//===----------------------------------------------------------------------===//

namespace {
/// Visits a thread's elements of a tile in memory: the rows once, then pairs of columns or single elements.
class ElementWalk {
public:
  ElementWalk(const RegisterTile &shape, const ViewAddress &view, const ThreadPlace &place, Code &code)
      : shape(shape), view(view), place(place), code(code) {}

  /// Whether two neighbours are taken at once.
  bool inPairs() const {
    bool areNeighbours = shape.spread == Spread::Lanes ? shape.size() % 2 == 0 && shape.type.getColumns() > 1
                                                       : shape.spread != Spread::Rows && shape.size() > 1;
    return view.hasAlignedPairs() && areNeighbours;
  }
  /// body(first element, its address, whether it lies inside, how many elements).
  void run(llvm::function_ref<void(int64_t, Value, Value, int64_t)> body) {
    int64_t step = inPairs() ? 2 : 1;
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
    int64_t offset = 0; // of a vector, which is one row
    if (shape.spread == Spread::Lanes)
      offset = shape.type.getColumns() == 1 ? i : 0;
    else if (shape.type.getRank() == 2)
      offset = shape.rowOffset(i);
    auto [known, isNew] = rows.try_emplace(offset);
    if (isNew) {
      Value row = shape.row(i, place, code);
      first = first ? first : view.rowPointer(row); // that of element 0, whose row's offset is 0
      known->second = {offset ? view.further(first, offset) : first, view.rowInside(row)};
    }
    return known->second;
  }

  const RegisterTile &shape;
  const ViewAddress &view;
  const ThreadPlace &place;
  Code &code;
  llvm::DenseMap<int64_t, Row> rows;
  Value first;
};
} // namespace

static int64_t bytesOf(Type element) { return element.getIntOrFloatBitWidth() / 8; }

void RoleLowering::lowerLoad(LoadOp op) {
  RegisterTile shape(op.getType(), RegisterTile::spreadOf(op));
  ViewAddress view(op.getView(), op.getIndices(), op.getType().getRank(), context, scalars);
  view.restrictTo(op, scalars);
  Type element = op.getType().getElementType();
  SmallVector<Value> elements;
  ElementWalk walk(shape, view, place, code);
  if (op.use_empty()) { // it brings what others load later into the second cache
    walk.run([&](int64_t, Value address, Value inside, int64_t) {
      code.ifThen(inside, [&] { code.assembly("prefetch.global.L2 [$0];", "l", address, TypeRange()); });
    });
    return;
  }
  if (shape.isHalfOfWord() && !walk.inPairs()) {
    walk.run([&](int64_t, Value address, Value inside, int64_t) {
      elements.push_back(code.ifElse(
          inside, code.getI32Type(),
          [&]() -> Value {
            Value bits = LLVM::LoadOp::create(code, code.getI16Type(), address, bytesOf(element));
            return arith::ExtUIOp::create(code, code.getI32Type(), bits);
          },
          code.i32(0)));
    });
    tiles[op] = RegisterTile(op.getType(), shape.spread, elements);
    return;
  }
  walk.run([&](int64_t, Value address, Value inside, int64_t count) {
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
  ViewAddress view(op.getView(), op.getIndices(), tile.type.getRank(), context, scalars);
  view.restrictTo(op, scalars);
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
  ViewAddress view(op.getView(), op.getIndices(), /*tileRank=*/0, context, scalars);
  Type element = op.getResult().getType();
  Value inside = view.rowInside(Value());
  auto load = [&] { return LLVM::LoadOp::create(code, element, view.rowPointer(Value()), bytesOf(element)).getResult(); };
  scalars.map(op.getResult(), inside ? code.ifElse(inside, element, load, code.zero(element)) : load());
  return success();
}

/// One step at the memory itself, and no order of anything else: items share nothing.
void RoleLowering::lowerDraw(DrawOp op) {
  Value counter = context.views.find(op.getCounter())->second.pointer, drawn;
  drawn = LLVM::AtomicRMWOp::create(code, LLVM::AtomicBinOp::add, counter, code.i64(1), LLVM::AtomicOrdering::monotonic,
                                    "device");
  scalars.map(op.getResult(), arith::IndexCastOp::create(code, code.getIndexType(), drawn));
}
