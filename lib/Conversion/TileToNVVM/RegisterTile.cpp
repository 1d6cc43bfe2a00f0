//===- RegisterTile.cpp - A tile in a warpgroup's registers ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RegisterTile.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

bool RegisterTile::isPacked(TileType type, Spread spread) {
  return type.getElementType().getIntOrFloatBitWidth() == 16 && (spread == Spread::Matrix || spread == Spread::Columns);
}

int64_t RegisterTile::countElements(TileType type, Spread spread) {
  switch (spread) {
  case Spread::Matrix:
    return type.getRows() / 64 * type.getColumns() / 2;
  case Spread::Rows:
    return type.getRows() * type.getColumns() / 64 * 2; // one of the two is one
  case Spread::Columns:
    return type.getColumns() / 4;
  case Spread::Parts:
    return type.getRows() / 64 * 2;
  case Spread::One:
    return 1;
  case Spread::Lanes:
    return type.getRows() * type.getColumns() / 32;
  }
  llvm_unreachable("every spread has a size");
}

/// Along what a vector lies, told by its first user that says so.
static std::optional<Spread> spreadByUse(Value vector) {
  for (OpOperand &use : vector.getUses()) {
    Operation *user = use.getOwner();
    if (auto broadcast = dyn_cast<BroadcastOp>(user))
      return broadcast.getDimension() == 0 ? Spread::Columns : Spread::Rows;
    if (isa<MapOp>(user))
      if (auto spread = spreadByUse(user->getResult(0)))
        return spread;
    if (auto yield = dyn_cast<scf::YieldOp>(user))
      if (auto loop = dyn_cast<scf::ForOp>(yield->getParentOp()))
        if (auto spread = spreadByUse(loop.getResult(use.getOperandNumber())))
          return spread;
  }
  return std::nullopt;
}

static bool isHeldByWarp(Value tile) {
  Operation *parent = tile.getParentRegion()->getParentOp();
  auto role = isa<RoleOp>(parent) ? cast<RoleOp>(parent) : parent->getParentOfType<RoleOp>();
  return role && role.getWarpsOfGroup() == 1;
}

Spread RegisterTile::spreadOf(Value tile) {
  auto type = cast<TileType>(tile.getType());
  if (isHeldByWarp(tile))
    return type.getRank() == 0 ? Spread::One : Spread::Lanes;
  if (type.getRank() == 2) // a matrix has a multiple of eight columns
    return type.getColumns() == 1 ? Spread::Rows : type.getColumns() == 4 ? Spread::Parts : Spread::Matrix;
  if (type.getRank() == 0)
    return Spread::One;
  if (auto reduce = tile.getDefiningOp<ReduceOp>())
    return reduce.getDimension() == 1 ? Spread::Rows : Spread::Columns;
  if (auto map = tile.getDefiningOp<MapOp>())
    for (Value input : map.getInputs())
      return spreadOf(input);
  return spreadByUse(tile).value_or(Spread::Columns);
}

Type RegisterTile::registerType() const {
  Type element = type.getElementType();
  return isPacked() || isHalfOfWord() ? Type(IntegerType::get(element.getContext(), 32)) : element;
}

int64_t RegisterTile::rowOffset(int64_t i) const {
  if (spread == Spread::Rows || spread == Spread::Parts)
    return i / 2 * 64 + i % 2 * 8;
  return spread == Spread::Matrix ? i / elementsOfChunk() * 64 + i / 2 % 2 * 8 : 0;
}

int64_t RegisterTile::columnOffset(int64_t i) const {
  if (spread == Spread::Columns)
    return i / 2 * 8 + i % 2;
  return spread == Spread::Matrix ? i % elementsOfChunk() / 4 * 8 + i % 2 : 0;
}

Value RegisterTile::row(int64_t i, const ThreadPlace &place, Code &code) const {
  if (spread == Spread::Lanes)
    return type.getColumns() == 1 ? code.add(code.mul(place.lane, size()), i) : code.i32(0);
  return code.add(place.row, rowOffset(i));
}

Value RegisterTile::column(int64_t i, const ThreadPlace &place, Code &code) const {
  if (spread == Spread::Lanes)
    return type.getColumns() == 1 ? code.i32(0) : code.add(code.mul(place.lane, size()), i);
  if (spread == Spread::Rows)
    return type.getRank() == 1 ? row(i, place, code) : code.i32(0);
  return code.add(place.column, columnOffset(i));
}

ValueRange RegisterTile::chunk(int64_t c) const {
  int64_t size = elementsOfChunk() / (isPacked() ? 2 : 1);
  return ValueRange(registers).slice(c * size, size);
}

Value RegisterTile::element(int64_t i, Code &code) const {
  if (makeElement)
    return makeElement(i, std::nullopt);
  if (!isPacked() && !isHalfOfWord())
    return registers[i];
  Value word = registers[isPacked() ? i / 2 : i];
  if (isPacked() && i % 2)
    word = arith::ShRUIOp::create(code, word, code.i32(16));
  Value half = arith::TruncIOp::create(code, code.getI16Type(), word);
  return arith::BitcastOp::create(code, type.getElementType(), half);
}

Value RegisterTile::widened(int64_t i, Code &code) const {
  if (makeElement || !type.getElementType().isBF16() || (!isPacked() && !isHalfOfWord()))
    return {};
  Value word = registers[isPacked() ? i / 2 : i];
  Value bits = isPacked() && i % 2 ? arith::AndIOp::create(code, word, code.i32(0xffff0000)).getResult()
                     : arith::ShLIOp::create(code, word, code.i32(16)).getResult();
  return arith::BitcastOp::create(code, code.getF32Type(), bits);
}

/// The f32 that `value` is rounded from, if it is.
static Value roundedFrom(Value value) {
  auto rounded = value.getDefiningOp<arith::TruncFOp>();
  return rounded && rounded.getIn().getType().isF32() ? rounded.getIn() : Value();
}

RegisterTile RegisterTile::of(TileType type, Spread spread, ArrayRef<Value> elements, Code &code) {
  RegisterTile tile(type, spread);
  auto word = [&](Value element) -> Value {
    Value bits = arith::BitcastOp::create(code, code.getI16Type(), element);
    return arith::ExtUIOp::create(code, code.getI32Type(), bits);
  };
  if (!tile.isPacked()) {
    for (Value element : elements)
      tile.registers.push_back(tile.isHalfOfWord() ? word(element) : element);
    return tile;
  }
  for (size_t i = 0; i < elements.size(); i += 2) {
    Value low = roundedFrom(elements[i]), high = roundedFrom(elements[i + 1]);
    if (low && high) { // both at once
      tile.registers.push_back(code.packPair(low, high, type.getElementType()));
      continue;
    }
    Value shifted = arith::ShLIOp::create(code, word(elements[i + 1]), code.i32(16));
    tile.registers.push_back(arith::OrIOp::create(code, word(elements[i]), shifted));
  }
  return tile;
}
