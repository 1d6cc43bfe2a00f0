//===- GeneralElements.cpp - Elements of tiles in memory or inline --------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GeneralLowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

static int64_t bytesOf(Type element) { return element.getIntOrFloatBitWidth() / 8; }

/// Computes what all elements of an inline tile share, before a loop over them.
void GeneralLowering::prepare(Value tile) {
  if (!isInline(tile))
    return;
  Operation *op = tile.getDefiningOp();
  if (auto load = dyn_cast<LoadOp>(op)) {
    ViewAddress view(load.getView(), load.getIndices(), load.getType().getRank(), context, context.scalars);
    view.restrictTo(load, context.scalars);
    addresses.erase(tile);
    addresses.try_emplace(tile, view);
  }
  for (Value operand : op->getOperands())
    if (isa<TileType>(operand.getType()))
      prepare(operand);
}

/// A coordinate as a value and a constant.
static std::pair<Value, int64_t> split(Value coordinate) {
  APInt constant;
  if (auto sum = coordinate.getDefiningOp<arith::AddIOp>())
    if (matchPattern(sum.getRhs(), m_ConstantInt(&constant)))
      return {sum.getLhs(), constant.getSExtValue()};
  return {coordinate, 0};
}

/// Where an element of a tile in shared memory lies. What is constant comes last: there it is part of an instruction,
/// and all elements of a thread share the rest.
Value GeneralLowering::address(Value tile, Value row, Value column) {
  auto type = cast<TileType>(tile.getType());
  int64_t bytes = bytesOf(type.getElementType());
  PlaceAttr place = places.lookup(tile);
  auto [ownColumn, moreColumns] = split(column);
  Value own = ownColumn;
  int64_t more = moreColumns * bytes + place.getOffset();
  if (type.getRows() > 1) {
    auto [ownRow, moreRows] = split(row);
    own = code.add(code.mul(ownRow, place.getStride()), own);
    more += moreRows * place.getStride() * bytes;
  }
  Value start = context.sharedAt(code.mul(own, bytes));
  return LLVM::GEPOp::create(code, start.getType(), code.getI8Type(), start,
                             ArrayRef<LLVM::GEPArg>{int32_t(more)});
}

void GeneralLowering::set(Value tile, Value row, Value column, Value value) {
  LLVM::StoreOp::create(code, value, address(tile, row, column), bytesOf(value.getType()));
}

Value GeneralLowering::element(Value tile, Value row, Value column) {
  auto type = cast<TileType>(tile.getType());
  Type element = type.getElementType();
  if (!isInline(tile))
    return LLVM::LoadOp::create(code, element, address(tile, row, column), bytesOf(element));
  return llvm::TypeSwitch<Operation *, Value>(tile.getDefiningOp())
      .Case([&](LoadOp) -> Value {
        ViewAddress &view = addresses.find(tile)->second;
        Value inside = code.both(view.rowInside(row), type.getRank() == 0 ? Value() : view.columnInside(column));
        auto load = [&]() -> Value {
          return LLVM::LoadOp::create(code, element, view.at(row, column), bytesOf(element));
        };
        return inside ? code.ifElse(inside, element, load, code.zero(element)) : load();
      })
      .Case([&](SplatOp splat) { return scalar(splat.getValue()); })
      .Case([&](BroadcastOp broadcast) {
        return this->element(broadcast.getVector(), code.i32(0), broadcast.getDimension() == 0 ? column : row);
      })
      .Case([&](TransposeOp transpose) { return this->element(transpose.getInput(), column, row); })
      .Case([&](ReshapeOp reshape) {
        // One of the two sizes is one, and so is one of the other's.
        Value position = type.getColumns() == 1 ? row : column;
        bool upright = reshape.getInput().getType().getColumns() == 1;
        return this->element(reshape.getInput(), upright ? position : code.i32(0), upright ? code.i32(0) : position);
      })
      .Case([&](MapOp map) { return mapElement(map, row, column); })
      .Default([](Operation *) -> Value { llvm_unreachable("no other tile is inline"); });
}

Value GeneralLowering::mapElement(MapOp map, Value row, Value column) {
  IRMapping mapping(context.scalars);
  for (auto [argument, input] : llvm::zip(map.getBlock().getArguments(), map.getInputs()))
    mapping.map(argument, element(input, row, column));
  auto coordinates = map.getCoordinates();
  if (coordinates.size() == 1)
    mapping.map(coordinates[0], code.widen(column));
  else if (coordinates.size() == 2)
    mapping.map(coordinates, ValueRange{code.widen(row), code.widen(column)});
  for (Operation &op : map.getBlock().without_terminator())
    code.clone(op, mapping);
  return mapping.lookupOrDefault(map.getYielded());
}

void GeneralLowering::forElements(TileType type, ElementBody body) {
  forGroups(type, [&](auto elements) {
    for (auto [row, column] : elements)
      body(row, column);
  });
}

/// The threads take the elements in turn, neighbours along a row first. A loop starts at the thread's own number, so that
/// LLVM does not unroll it whole and keep the address of every turn in a register; the few turns of a group keep enough loads
/// under way.
void GeneralLowering::forGroups(TileType type, GroupBody body) {
  constexpr int64_t atOnce = 4;
  const int64_t columns = type.getColumns(), count = type.getRows() * columns, turns = count / threads;
  bool byRows = threads % columns == 0; // a thread stays in its column
  Value first = byRows ? code.div(context.thread, columns) : context.thread;
  Value ownColumn = byRows ? code.rem(context.thread, columns) : Value();
  int64_t step = byRows ? threads / columns : threads;
  auto group = [&](Value start, int64_t turn, int64_t turns) {
    SmallVector<std::pair<Value, Value>> elements;
    for (int64_t end = turn + turns; turn < end; ++turn) {
      Value position = code.add(start, turn * step);
      elements.emplace_back(byRows ? position : code.div(position, columns),
                            byRows ? ownColumn : code.rem(position, columns));
    }
    body(elements);
  };
  int64_t looped = turns / atOnce * atOnce;
  if (looped > 0) {
    auto loop = scf::ForOp::create(code, first, code.i32(looped * step), code.i32(atOnce * step));
    OpBuilder::InsertionGuard guard(code);
    code.setInsertionPointToStart(loop.getBody());
    group(loop.getInductionVar(), 0, atOnce);
  }
  if (turns > looped)
    group(first, looped, turns - looped);
  if (int64_t rest = count - turns * threads)
    code.ifThen(code.less(context.thread, code.i32(rest)), [&] { group(first, turns, 1); });
}

/// Writes the elements to a place unless they lie there.
void GeneralLowering::moveTo(Value tile, PlaceAttr place) {
  PlaceAttr from = places.lookup(tile);
  if (from == place)
    return;
  SmallVector<Memory> read;
  appendReads(tile, read);
  auto type = cast<TileType>(tile.getType());
  places[tile] = place;
  access(read, memoryOf(tile));
  places[tile] = from;
  prepare(tile);
  forElements(type, [&](Value row, Value column) {
    Value value = element(tile, row, column);
    places[tile] = place;
    set(tile, row, column, value);
    places[tile] = from;
  });
}
