//===- GroupRows.cpp - Rows reduced in parts, rare work -------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Group.h"

using namespace mlir;
using namespace braid::simulator;
using namespace braid::tile;

static constexpr int64_t partsOfRow = 4, warpsOfGroup = 4, rowsOfChunk = 64;

/// The warp that holds a row: each has 16 of every 64.
static size_t warpOf(size_t row) { return row % rowsOfChunk / (rowsOfChunk / warpsOfGroup); }

LogicalResult Group::fold(FoldOp op) {
  FailureOr<TileRef> input = tile(op.getInput(), op), parts = tile(op.getParts(), op);
  if (failed(input) || failed(parts))
    return failure();
  TileType type = op.getInput().getType();
  Numbers result = (*parts)->elements;
  for (int64_t row = 0; row < type.getRows(); ++row)
    for (int64_t column = 0; column < type.getColumns(); ++column) {
      Number &part = result[size_t(row * partsOfRow + column / 2 % partsOfRow)];
      part = combine(op.getKind(), part, (*input)->elements[size_t(row * type.getColumns() + column)],
                     type.getElementType());
    }
  return defineTile(op, std::move(result)), success();
}

/// Of each warp's rows, whether an element is above its limit.
FailureOr<SmallVector<bool>> Group::warpsAbove(WhereAnyOp op) {
  FailureOr<TileRef> value = tile(op.getValue(), op), limit = tile(op.getLimit(), op);
  if (failed(value) || failed(limit))
    return failure();
  SmallVector<bool> above(warpsOfGroup, false);
  for (size_t i = 0; i < (*value)->elements.size(); ++i)
    if ((*value)->elements[i].real > (*limit)->elements[i].real)
      above[warpOf(i / partsOfRow)] = true;
  return above;
}

LogicalResult Group::whereAny(WhereAnyOp op) {
  FailureOr<SmallVector<bool>> above = warpsAbove(op);
  if (failed(above))
    return failure();
  if (llvm::is_contained(*above, true)) {
    enter(op.getBody().front(), isAlone());
    return success();
  }
  for (auto [result, kept] : llvm::zip(op.getResults(), op.getKeep()))
    define(result, Datum(values.find(kept)->second));
  return success();
}

/// The end of a `where_any`: the rows of the other warps stay what they were.
LogicalResult Group::replace(ReplaceOp op) {
  auto where = cast<WhereAnyOp>(op->getParentOp());
  FailureOr<SmallVector<bool>> above = warpsAbove(where);
  if (failed(above))
    return failure();
  frames.pop_back();
  for (auto [result, kept, made] : llvm::zip(where.getResults(), where.getKeep(), op.getTiles())) {
    FailureOr<TileRef> before = tile(kept, op), anew = tile(made, op);
    if (failed(before) || failed(anew))
      return failure();
    Numbers elements = (*before)->elements;
    size_t ofRow = elements.size() / size_t(where.getValue().getType().getRows());
    for (size_t i = 0; i < elements.size(); ++i)
      if ((*above)[warpOf(i / ofRow)])
        elements[i] = (*anew)->elements[i];
    defineTile(result, std::move(elements));
  }
  return success();
}
