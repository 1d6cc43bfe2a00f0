//===- GeneralElements.cpp - Elements of tiles in memory or inline --------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GeneralLowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
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

/// Where an element of a tile in shared memory lies.
Value GeneralLowering::address(Value tile, Value row, Value column) {
  auto type = cast<TileType>(tile.getType());
  PlaceAttr place = places.lookup(tile);
  Value index = type.getRows() > 1 ? code.add(code.mul(row, place.getStride()), column) : column;
  Value offset = code.add(code.mul(index, bytesOf(type.getElementType())), place.getOffset());
  return context.sharedAt(offset);
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

/// The threads take the elements in turn, neighbours along a row first.
void GeneralLowering::forElements(TileType type, ElementBody body) {
  int64_t columns = type.getColumns(), count = type.getRows() * columns, turns = count / threads;
  auto at = [&](Value turn) {
    if (threads % columns == 0) // a thread stays in its column
      return body(code.add(code.mul(turn, threads / columns), code.div(context.thread, columns)),
                  code.rem(context.thread, columns));
    if (columns % threads == 0)
      return body(code.div(turn, columns / threads),
                  code.add(code.mul(code.rem(turn, columns / threads), threads), context.thread));
    Value number = code.add(code.mul(turn, threads), context.thread);
    body(code.div(number, columns), code.rem(number, columns));
  };
  if (turns == 1) {
    at(code.i32(0));
  } else if (turns > 1) {
    auto loop = scf::ForOp::create(code, code.i32(0), code.i32(turns), code.i32(1));
    OpBuilder::InsertionGuard guard(code);
    code.setInsertionPointToStart(loop.getBody());
    at(loop.getInductionVar());
  }
  if (int64_t rest = count - turns * threads)
    code.ifThen(code.less(context.thread, code.i32(rest)), [&] { at(code.i32(turns)); });
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
