//===- Transposes.cpp - Tiles to and from shared memory, turned ------------===//
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

/// Where a lane's row of four 8 x 8 matrices lies that make up 16 x 16 elements of a tile in shared memory, for a warp's
/// 16 columns from `column` on: matrices 0 and 1 are the upper rows' column halves, 2 and 3 the lower rows'.
Value RoleLowering::transposedBlock(Value tile, SharedType type, int64_t row, int64_t column) {
  Value lane = place.lane, warp = code.div(place.thread, 32);
  Value inBlock = code.add(code.mul(code.div(lane, 16), 8), code.rem(lane, 8));
  Value half = code.mul(code.rem(code.div(lane, 8), 2), 8);
  return elementOffset(tile, type, code.add(inBlock, row), code.add(code.add(code.mul(warp, 16), half), column));
}

void RoleLowering::lowerLoadTransposed(LoadTransposedOp op) {
  SharedType type = op.getShared().getType();
  SmallVector<Value> registers;
  SmallVector<Type> words(4, code.getI32Type());
  for (int64_t column = 0; column < type.getShape()[1]; column += 64)
    for (int64_t row = 0; row < type.getShape()[0]; row += 16) {
      Value from = code.add(context.sharedAddress, transposedBlock(op.getShared(), type, row, column));
      llvm::append_range(registers, code.assembly("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {$0, $1, $2, $3}, [$4];",
                                                  "=r,=r,=r,=r,r", from, words));
    }
  tiles[op] = RegisterTile(op.getType(), Spread::Matrix, registers);
}

void RoleLowering::lowerStoreTransposed(StoreTransposedOp op) {
  const RegisterTile &tile = tiles.find(op.getValue())->second;
  SharedType type = op.getShared().getType();
  auto shape = NVVM::LdStMatrixShapeAttr::get(code.getContext(), 8, 8);
  for (int64_t column = 0; column < type.getShape()[1]; column += 64)
    for (int64_t row = 0; row < type.getShape()[0]; row += 16)
      NVVM::StMatrixOp::create(code, context.sharedAt(transposedBlock(op.getShared(), type, row, column)),
                               tile.chunk(column / 64).slice(row / 4, 4), NVVM::MMALayout::col, shape,
                               NVVM::LdStMatrixEltType::B16);
}
