//===- TextCopy.cpp - A text's tiles as a role computes them --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TextCopy.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

TileType TextCopy::typeOf(Value tile) const {
  auto type = cast<TileType>(tile.getType());
  if (!transposed || type.getRank() != 2)
    return type;
  return TileType::get({type.getColumns(), type.getRows()}, type.getElementType());
}

Value TextCopy::of(Value tile) {
  if (Value done = made.lookup(tile))
    return done;
  Value copy = copyOf(tile);
  return copy ? made[tile] = copy : Value();
}

Value TextCopy::read(Value slot) {
  auto type = cast<SharedType>(slot.getType());
  return LoadSharedOp::create(b, TileType::get(type.getShape(), type.getElementType()), slot);
}

Value TextCopy::copyOf(Value tile) {
  if (Value slot = shared.lookup(tile))
    return read(slot);
  return llvm::TypeSwitch<Operation *, Value>(tile.getDefiningOp())
      .Case([&](MapOp map) { return copyMap(map); })
      .Case([&](BroadcastOp broadcast) { return copyBroadcast(broadcast); })
      .Case([&](SplatOp splat) -> Value {
        if (auto extracted = splat.getValue().getDefiningOp<ExtractOp>(); extracted && failed(extract(extracted)))
          return {};
        return SplatOp::create(b, typeOf(tile), scalars.lookupOrDefault(splat.getValue()));
      })
      .Case<PrefixSumOp, ReshapeOp>([&](Operation *op) -> Value {
        Value input = of(op->getOperand(0));
        if (!input || transposed)
          return {};
        IRMapping mapping;
        mapping.map(op->getOperand(0), input);
        return b.clone(*op, mapping)->getResult(0);
      })
      .Case([&](scf::ForOp fold) -> Value { return transposed ? Value() : copyFold(fold); })
      .Case([&](LoadOp load) -> Value { return transposed ? Value() : b.clone(*load, scalars)->getResult(0); })
      .Default([](Operation *) { return Value(); });
}

/// A loop that carries one tile and takes nothing but numbers from outside.
Value TextCopy::copyFold(scf::ForOp fold) {
  SetVector<Value> captured;
  getUsedValuesDefinedAbove(fold->getRegions(), captured);
  bool takesTiles = llvm::any_of(captured, [](Value value) { return isa<TileType>(value.getType()); });
  Value first = fold.getNumResults() == 1 && !takesTiles ? of(fold.getInitArgs()[0]) : Value();
  if (!first)
    return {};
  IRMapping mapping(scalars);
  mapping.map(fold.getInitArgs()[0], first);
  return b.clone(*fold, mapping)->getResult(0);
}

/// The number that the text takes from a vector.
LogicalResult TextCopy::extract(ExtractOp op) {
  if (scalars.contains(op.getResult()))
    return success();
  SmallVector<Value> indices =
      llvm::map_to_vector(op.getIndices(), [&](Value index) { return scalars.lookupOrDefault(index); });
  Value slot = shared.lookup(op.getInput());
  if (slot && indices.size() == 1) {
    scalars.map(op.getResult(), ReadSharedOp::create(b, op.getType(), slot, indices[0]).getResult());
    return success();
  }
  Value input = of(op.getInput());
  if (!input)
    return failure();
  scalars.map(op.getResult(), ExtractOp::create(b, op.getType(), input, indices).getResult());
  return success();
}

Value TextCopy::copyMap(MapOp map) {
  if (transposed && !map.getCoordinates().empty())
    return {};
  SmallVector<Value> inputs;
  for (Value input : map.getInputs()) {
    inputs.push_back(of(input));
    if (!inputs.back())
      return {};
  }
  // Numbers from outside may be elements of tiles.
  SetVector<Value> captured;
  getUsedValuesDefinedAbove(map->getRegions(), captured);
  for (Value value : captured)
    if (auto extracted = value.getDefiningOp<ExtractOp>(); extracted && failed(extract(extracted)))
      return {};
  return MapOp::create(b, typeOf(map), inputs, !map.getCoordinates().empty(),
                       [&](OpBuilder &builder, Location, ValueRange arguments) -> Value {
                         IRMapping mapping(scalars);
                         mapping.map(map.getBlock().getArguments(), arguments);
                         for (Operation &op : map.getBlock().without_terminator())
                           builder.clone(op, mapping);
                         return mapping.lookupOrDefault(map.getYielded());
                       });
}

Value TextCopy::copyBroadcast(BroadcastOp broadcast) {
  int64_t dimension = transposed ? 1 - int64_t(broadcast.getDimension()) : broadcast.getDimension();
  Value vector = broadcast.getVector(), slot = shared.lookup(vector);
  Value copy = slot ? read(slot) : of(vector);
  return copy ? BroadcastOp::create(b, typeOf(broadcast), copy, dimension).getResult() : Value();
}
