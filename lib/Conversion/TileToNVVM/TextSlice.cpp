//===- TextSlice.cpp - Some rows and columns of a text's tiles ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TextSlice.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

TileType TextSlice::typeOf(Value tile, Axis axis) const {
  Type element = cast<TileType>(tile.getType()).getElementType();
  switch (axis) {
  case Axis::Both:
    return TileType::get({rows, columns}, element);
  case Axis::Rows:
    return TileType::get({rows}, element);
  case Axis::Columns:
    return TileType::get({columns}, element);
  }
  llvm_unreachable("every axis has a type");
}

SmallVector<Value> TextSlice::indices(OperandRange whole, bool hasRows, bool hasColumns) {
  SmallVector<Value> moved = llvm::map_to_vector(whole, [&](Value index) { return scalars.lookupOrDefault(index); });
  auto move = [&](Value &index, Value by) { index = b.createOrFold<arith::AddIOp>(index, by); };
  if (hasColumns && firstColumn)
    move(moved.back(), arith::ConstantIndexOp::create(b, firstColumn));
  if (hasRows)
    move(hasColumns ? moved[moved.size() - 2] : moved.back(), firstRow);
  return moved;
}

bool TextSlice::isPossible(Value tile, Value known) {
  if (tile == known)
    return true;
  Operation *op = tile.getDefiningOp();
  return isa_and_nonnull<LoadOp, BroadcastOp, SplatOp, MapOp>(op) && llvm::all_of(op->getOperands(), [&](Value operand) {
           return !isa<TileType>(operand.getType()) || isPossible(operand, known);
         });
}

Value TextSlice::of(Value tile) { return of(tile, Axis::Both); }

Value TextSlice::of(Value tile, Axis axis) {
  if (Value done = made.lookup(tile))
    return done;
  if (Value part = known.lookup(tile))
    return made[tile] = ColumnsOp::create(b, typeOf(tile, axis), part, firstColumn);
  Operation *op = tile.getDefiningOp();
  Value slice =
      llvm::TypeSwitch<Operation *, Value>(op)
          .Case([&](LoadOp load) -> Value {
            auto mapped = [&](OperandRange values) {
              return llvm::map_to_vector(values, [&](Value value) { return scalars.lookupOrDefault(value); });
            };
            return LoadOp::create(b, typeOf(tile, axis), load.getView(),
                                  indices(load.getIndices(), axis != Axis::Columns, axis != Axis::Rows),
                                  mapped(load.getLower()), mapped(load.getUpper()), load.getValidDims());
          })
          .Case([&](BroadcastOp broadcast) -> Value {
            Value vector = of(broadcast.getVector(), broadcast.getDimension() == 0 ? Axis::Columns : Axis::Rows);
            return BroadcastOp::create(b, typeOf(tile, axis), vector, broadcast.getDimension());
          })
          .Case([&](SplatOp splat) -> Value {
            return SplatOp::create(b, typeOf(tile, axis), scalars.lookupOrDefault(splat.getValue()));
          })
          .Case([&](MapOp map) { return sliceMap(map, axis); })
          .Default([](Operation *) -> Value { llvm_unreachable("isPossible lets nothing else through"); });
  return made[tile] = slice;
}

Value TextSlice::sliceMap(MapOp map, Axis axis) {
  SmallVector<Value> inputs;
  for (Value input : map.getInputs())
    inputs.push_back(of(input, axis));
  auto coordinates = map.getCoordinates();
  return MapOp::create(b, typeOf(map, axis), inputs, !coordinates.empty(),
                       [&](OpBuilder &builder, Location loc, ValueRange arguments) -> Value {
                         IRMapping mapping(scalars);
                         mapping.map(map.getBlock().getArguments(), arguments);
                         for (auto [n, coordinate] : llvm::enumerate(coordinates)) {
                           bool isRow = axis == Axis::Rows || (axis == Axis::Both && n == 0);
                           Value first = isRow ? firstRow
                                               : arith::ConstantIndexOp::create(builder, loc, firstColumn).getResult();
                           Value inSlice = arguments[inputs.size() + n];
                           mapping.map(coordinate, arith::AddIOp::create(builder, loc, inSlice, first));
                         }
                         for (Operation &op : map.getBlock().without_terminator())
                           builder.clone(op, mapping);
                         return mapping.lookupOrDefault(map.getYielded());
                       });
}
