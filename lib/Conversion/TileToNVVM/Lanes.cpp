//===- Lanes.cpp - Vectors that one warp holds ----------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RoleLowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

/// Each lane adds up its own elements, then lanes add what lies below them, over twice the distance each time.
LogicalResult RoleLowering::lowerPrefixSum(PrefixSumOp op) {
  const RegisterTile &from = tiles.find(op.getInput())->second;
  Type element = from.type.getElementType();
  if (from.spread != Spread::Lanes || op.getReverse() || !isa<FloatType>(element))
    return op.emitOpError("has a lowering to Hopper upwards, over a vector of f32 or f64 that one warp holds");
  auto sum = [&](Value a, Value b) -> Value { return arith::AddFOp::create(code, a, b); };
  SmallVector<Value> sums{from.registers.front()};
  for (Value next : ArrayRef<Value>(from.registers).drop_front())
    sums.push_back(sum(sums.back(), next));
  Value upToLane = sums.back();
  for (int64_t distance = 1; distance < 32; distance *= 2) {
    Value below = code.fromLaneBelow(upToLane, distance);
    upToLane = code.select(code.less(place.lane, code.i32(distance)), upToLane, sum(below, upToLane));
  }
  Value below = code.fromLaneBelow(upToLane, 1);
  below = code.select(code.equal(place.lane, code.i32(0)), code.zero(element), below);
  for (Value &value : sums)
    value = sum(below, value);
  tiles[op] = RegisterTile(op.getType(), Spread::Lanes, sums);
  return success();
}

LogicalResult RoleLowering::lowerExtract(ExtractOp op) {
  const RegisterTile &from = tiles.find(op.getInput())->second;
  APInt constant;
  if (from.spread == Spread::One) {
    scalars.map(op.getResult(), from.registers.front());
    return success();
  }
  if (from.spread != Spread::Lanes || op.getIndices().size() != 1 ||
      !matchPattern(op.getIndices()[0], m_ConstantInt(&constant)))
    return op.emitOpError("has a lowering to Hopper at a constant place of a vector that one warp holds");
  int64_t element = constant.getSExtValue();
  Value held = from.registers[element % from.size()];
  RegisterTile found(from.type, from.spread, code.fromLane(held, code.i32(element / from.size())));
  scalars.map(op.getResult(), found.element(0, code));
  return success();
}

