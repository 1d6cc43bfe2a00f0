//===- Elements.cpp - Element-wise work on tiles in registers -------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IndexFacts.h"
#include "RoleLowering.h"
#include "braid/Dialect/Tile/IR/Combine.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

/// Whether a map's elements may be computed where they are stored: nothing is written in between.
static bool isComputedWhereStored(MapOp op) {
  if (!op->hasOneUse() || !isa<StoreSharedOp>(*op->user_begin()) || (*op->user_begin())->getBlock() != op->getBlock())
    return false;
  for (Operation *next = op->getNextNode(); next != *op->user_begin(); next = next->getNextNode())
    if (!isMemoryEffectFree(next))
      return false;
  return true;
}

void RoleLowering::lowerMap(MapOp op) {
  SmallVector<RegisterTile> inputs;
  for (Value input : op.getInputs())
    inputs.push_back(tiles.find(input)->second);
  Spread spread = inputs.empty() ? RegisterTile::spreadOf(op) : inputs.front().spread;
  RegisterTile shape(op.getType(), spread);
  auto compute = [this, op, shape, inputs](int64_t i, KnownWarp warp) mutable {
    IRMapping mapping(scalars);
    for (auto [argument, input] : llvm::zip(op.getBlock().getArguments(), inputs)) {
      mapping.map(argument, input.element(i, code));
      if (Value wide = input.widened(i, code))
        for (Operation *user : argument.getUsers())
          if (isa<arith::ExtFOp>(user) && user->getResult(0).getType().isF32())
            mapping.map(user->getResult(0), wide);
    }
    auto coordinates = op.getCoordinates();
    IndexRanges ranges;
    if (warp) {
      int64_t row = 16 * *warp + shape.rowOffset(i), column = shape.columnOffset(i);
      ranges.know(coordinates[0], row, row + 7);
      ranges.know(coordinates[1], column, column + 7);
    }
    if (!coordinates.empty()) {
      ThreadPlace at = place;
      if (warp) // the row's multiple of 16 is a constant
        at.row = code.add(code.div(place.lane, 4), 16 * *warp);
      if (coordinates.size() == 2)
        mapping.map(coordinates[0], code.widen(shape.row(i, at, code)));
      mapping.map(coordinates.back(), code.widen(shape.column(i, at, code)));
    }
    for (Operation &inner : op.getBlock().without_terminator()) {
      if (mapping.contains(inner.getResult(0)))
        continue;
      if (std::optional<bool> known = ranges.decide(inner))
        mapping.map(inner.getResult(0), arith::ConstantIntOp::create(code, code.getI1Type(), *known).getResult());
      else
        code.clone(inner, mapping);
    }
    return mapping.lookupOrDefault(op.getYielded());
  };
  if (isComputedWhereStored(op)) {
    shape.makeElement = compute;
    shape.comparesPlace = op.getCoordinates().size() == 2 && !op.getBlock().getOps<arith::CmpIOp>().empty();
    tiles[op] = shape;
    return;
  }
  SmallVector<Value> elements;
  for (int64_t i = 0; i < shape.size(); ++i)
    elements.push_back(compute(i, std::nullopt));
  tiles[op] = RegisterTile::of(op.getType(), spread, elements, code);
}

/// Every register of the matrix is one of the vector's: nothing is computed.
LogicalResult RoleLowering::lowerBroadcast(BroadcastOp op) {
  RegisterTile shape(op.getType(), RegisterTile::spreadOf(op));
  const RegisterTile &vector = tiles.find(op.getVector())->second;
  if (vector.spread != (op.getDimension() == 0 ? Spread::Columns : Spread::Rows))
    return op.emitOpError("expects a vector that lies along its dimension in registers, found one that lies otherwise");
  auto place = [shape, dimension = op.getDimension()](int64_t i) {
    int64_t column = shape.columnOffset(i);
    return dimension == 0 ? column / 8 * 2 + column % 2 : RegisterTile::partOf(shape.rowOffset(i));
  };
  if (vector.makeElement) {
    shape.makeElement = [read = vector.makeElement, place](int64_t i, KnownWarp warp) { return read(place(i), warp); };
    tiles[op] = shape;
    return success();
  }
  SmallVector<Value> elements;
  for (int64_t i = 0; i < shape.size(); ++i)
    elements.push_back(vector.element(place(i), code));
  tiles[op] = RegisterTile::of(op.getType(), shape.spread, elements, code);
  return success();
}

void RoleLowering::lowerColumns(ColumnsOp op) {
  const RegisterTile &from = tiles.find(op.getInput())->second;
  RegisterTile to(op.getType(), Spread::Matrix);
  int64_t perColumn = from.isPacked() ? 2 : 4; // registers of eight columns
  for (int64_t c = 0; c < op.getType().getRows() / 64; ++c)
    llvm::append_range(to.registers, from.chunk(c).slice(int64_t(op.getFirst()) / 8 * perColumn,
                                                         op.getType().getColumns() / 8 * perColumn));
  tiles[op] = to;
}

/// A vector along rows is a matrix of one column; one that a warp holds lies along its lanes in either shape.
LogicalResult RoleLowering::lowerReshape(ReshapeOp op) {
  const RegisterTile &from = tiles.find(op.getInput())->second;
  bool fits = from.spread == Spread::Lanes || (from.spread == Spread::Rows && op.getType().getColumns() == 1);
  if (!fits)
    return op.emitOpError("has a lowering to Hopper for vectors that one warp holds, and to one column alone");
  tiles[op] = RegisterTile(op.getType(), from.spread, ValueRange(from.registers));
  return success();
}

/// Along rows: each thread's own columns in rising order, then the four threads that share a row, in a fixed tree.
LogicalResult RoleLowering::lowerReduce(ReduceOp op) {
  const RegisterTile &from = tiles.find(op.getInput())->second;
  bool rows = from.spread == Spread::Matrix || from.spread == Spread::Parts;
  if (!rows || op.getDimension() != 1 || !from.type.getElementType().isF32())
    return op.emitOpError("has a lowering to Hopper along the rows of a matrix of f32 alone");
  RegisterTile to(op.getType(), Spread::Rows);
  to.registers.assign(to.size(), Value());
  for (int64_t i = 0; i < from.size(); ++i) {
    Value &sum = to.registers[RegisterTile::partOf(from.rowOffset(i))];
    sum = sum ? combine(op.getKind(), sum, from.element(i, code), code) : from.element(i, code);
  }
  for (Value &sum : to.registers)
    for (int64_t distance : {1, 2}) {
      Value other = NVVM::ShflOp::create(code, sum.getType(), code.i32(-1), sum, code.i32(distance), code.i32(31),
                                         NVVM::ShflKind::bfly, UnitAttr());
      sum = combine(op.getKind(), sum, other, code);
    }
  tiles[op] = to;
  return success();
}
