//===- PlacedLowering.cpp - The walk over a text whose tiles are placed ---===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Conversion/TilePlaces/PlacedLowering.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace braid::tile;

static bool isTile(Value value) { return isa<TileType>(value.getType()); }

static PlaceAttr placeOf(Operation *op, StringRef name, unsigned number) {
  auto places = op->getAttrOfType<ArrayAttr>(name);
  return places ? cast<PlaceAttr>(places[number]) : PlaceAttr();
}

void PlacedLowering::lowerBlock(Block &block) {
  for (Operation &op : block)
    lower(op);
}

void PlacedLowering::lower(Operation &op) {
  llvm::TypeSwitch<Operation *>(&op)
      .Case<BlockIdOp, ReturnOp>([](auto) {})
      .Case<scf::YieldOp>([](auto) {}) // written by the loop or branch around it
      .Case([&](scf::ForOp loop) { lowerFor(loop); })
      .Case([&](scf::IfOp branch) { lowerIf(branch); })
      .Default([&](Operation *other) {
        if (other->getNumResults() == 1 && isTile(other->getResult(0)))
          lowerTile(*other);
        else if (!lowerOther(*other))
          builder.clone(*other, scalars);
      });
}

SmallVector<Value> PlacedLowering::yieldScalars(Operation *yield) const {
  SmallVector<Value> values;
  for (Value operand : yield->getOperands())
    if (!isTile(operand))
      values.push_back(scalars.lookup(operand));
  return values;
}

void PlacedLowering::lowerFor(scf::ForOp loop) {
  SmallVector<Value> inits;
  for (auto [n, init] : llvm::enumerate(loop.getInitArgs())) {
    if (isTile(init))
      moveTo(init, placeOf(loop, "tile.places", n));
    else
      inits.push_back(scalars.lookup(init));
  }
  auto copy = scf::ForOp::create(builder, scalars.lookup(loop.getLowerBound()), scalars.lookup(loop.getUpperBound()),
                                 scalars.lookup(loop.getStep()), inits);
  unsigned carried = 0;
  for (auto [n, result] : llvm::enumerate(loop.getResults())) {
    if (isTile(result)) {
      setPlace(result, placeOf(loop, "tile.places", n));
      continue;
    }
    scalars.map(loop.getRegionIterArg(n), copy.getRegionIterArg(carried));
    scalars.map(result, copy.getResult(carried++));
  }
  scalars.map(loop.getInductionVar(), copy.getInductionVar());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(copy.getBody());
  for (auto [n, argument] : llvm::enumerate(loop.getRegionIterArgs()))
    if (isTile(argument))
      setPlace(argument, placeOf(loop, "tile.places", n));
  lowerBody(loop);
  if (!inits.empty())
    scf::YieldOp::create(builder, yieldScalars(loop.getBody()->getTerminator()));
}

void PlacedLowering::lowerBody(scf::ForOp loop) {
  lowerBlock(*loop.getBody());
  // First what other copies would overwrite, to places of its own; then everything to where it is carried.
  Operation *yield = loop.getBody()->getTerminator();
  for (auto [n, operand] : llvm::enumerate(yield->getOperands())) {
    PlaceAttr temporary = isTile(operand) ? placeOf(yield, "tile.temporaries", n) : PlaceAttr();
    if (!temporary || temporary.getKind() == PlaceKind::Inline)
      continue;
    moveTo(operand, temporary);
    setPlace(operand, temporary);
  }
  for (auto [n, operand] : llvm::enumerate(yield->getOperands()))
    if (isTile(operand))
      moveTo(operand, placeOf(loop, "tile.places", n));
}

void PlacedLowering::lowerArms(scf::IfOp branch, LowerArm lowerArm) {
  lowerArm(branch.getThenRegion());
  if (branch.elseBlock())
    lowerArm(branch.getElseRegion());
}

void PlacedLowering::lowerIf(scf::IfOp branch) {
  SmallVector<Type> types;
  for (Type type : branch.getResultTypes())
    if (!isa<TileType>(type))
      types.push_back(type);
  auto copy = scf::IfOp::create(builder, types, scalars.lookup(branch.getCondition()), /*addThenBlock=*/true,
                                /*addElseBlock=*/branch.elseBlock() != nullptr);
  lowerArms(branch, [&](Region &arm) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&copy->getRegion(arm.getRegionNumber()).front());
    lowerBlock(arm.front());
    Operation *yield = arm.front().getTerminator();
    for (auto [n, operand] : llvm::enumerate(yield->getOperands()))
      if (isTile(operand))
        moveTo(operand, placeOf(branch, "tile.places", n));
    scf::YieldOp::create(builder, yieldScalars(yield));
  });
  unsigned number = 0;
  for (auto [n, result] : llvm::enumerate(branch.getResults())) {
    if (isTile(result))
      setPlace(result, placeOf(branch, "tile.places", n));
    else
      scalars.map(result, copy.getResult(number++));
  }
}
