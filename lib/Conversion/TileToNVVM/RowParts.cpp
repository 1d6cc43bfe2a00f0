//===- RowParts.cpp - Rows reduced in parts, rare work --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RoleLowering.h"
#include "braid/Dialect/Tile/IR/Combine.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

/// One chain for each row: ptxas finds the time for it between the instructions that make the elements.
void RoleLowering::lowerFold(FoldOp op) {
  const RegisterTile &from = tiles.find(op.getInput())->second;
  RegisterTile parts = tiles.find(op.getParts())->second;
  for (int64_t i = 0; i < from.size(); ++i) {
    Value &part = parts.registers[RegisterTile::partOf(from.rowOffset(i))];
    part = combine(op.getKind(), part, from.element(i, code), code);
  }
  tiles[op] = parts;
}

/// The branch is the same for all threads of a warp, and ptxas knows it by the vote: a condition of each thread would take
/// the descriptors of all products out of the uniform registers.
LogicalResult RoleLowering::lowerWhereAny(WhereAnyOp op) {
  const RegisterTile &value = tiles.find(op.getValue())->second, &limit = tiles.find(op.getLimit())->second;
  Value above;
  for (int64_t i = 0; i < value.size(); ++i) {
    Value exceeds = arith::CmpFOp::create(code, arith::CmpFPredicate::OGT, value.registers[i], limit.registers[i]);
    above = above ? arith::OrIOp::create(code, above, exceeds).getResult() : exceeds;
  }
  Value any = NVVM::VoteSyncOp::create(code, code.getI1Type(), code.i32(-1), above, NVVM::VoteSyncKind::any);
  SmallVector<Value> kept;
  flatten(op.getKeep(), kept);
  auto branch = scf::IfOp::create(code, ValueRange(kept).getTypes(), any, /*addThenBlock=*/true, /*addElseBlock=*/true);
  {
    OpBuilder::InsertionGuard guard(code);
    code.setInsertionPointToStart(branch.elseBlock());
    scf::YieldOp::create(code, kept);
    code.setInsertionPointToStart(branch.thenBlock());
    if (failed(lowerBlock(op.getBody().front())))
      return failure();
    SmallVector<Value> anew;
    flatten(op.getBody().front().getTerminator()->getOperands(), anew);
    scf::YieldOp::create(code, anew);
  }
  bind(op.getResults(), op.getKeep(), branch.getResults());
  return success();
}

/// A number that a warp shares comes through a reduction, whose result ptxas knows to be uniform.
void RoleLowering::lowerReadShared(ReadSharedOp op) {
  SharedType type = op.getShared().getType();
  Value from = context.sharedAt(elementOffset(op.getShared(), type, Value(), code.narrow(scalar(op.getIndex()))));
  Value value = LLVM::LoadOp::create(code, type.getElementType(), from, type.getElementType().getIntOrFloatBitWidth() / 8);
  if (!alone && value.getType().isInteger(32))
    value = NVVM::ReduxOp::create(code, value.getType(), value, NVVM::ReduxKind::OR, code.i32(-1));
  scalars.map(op.getResult(), value);
}

void RoleLowering::lowerWriteShared(WriteSharedOp op) {
  SharedType type = op.getShared().getType();
  oneThread([&] {
    Value to = context.sharedAt(elementOffset(op.getShared(), type, Value(), code.narrow(scalar(op.getIndex()))));
    LLVM::StoreOp::create(code, scalar(op.getValue()), to, type.getElementType().getIntOrFloatBitWidth() / 8);
  });
}

/// In pieces of 16 bytes: a swizzle keeps them in their row.
void RoleLowering::lowerClearRows(ClearRowsOp op) {
  SharedType type = op.getShared().getType();
  int64_t rows = type.getShape()[0], pieces = 8 * type.getPanels(), threads = 32 * role.getWarpsOfGroup();
  Value first = code.mul(code.narrow(scalar(op.getFirst())), pieces);
  auto loop = scf::ForOp::create(code, code.add(first, place.thread), code.i32(rows * pieces), code.i32(threads));
  OpBuilder::InsertionGuard guard(code);
  code.setInsertionPointToStart(loop.getBody());
  Value row = code.div(loop.getInductionVar(), pieces), piece = code.rem(loop.getInductionVar(), pieces);
  Value panel = code.mul(code.div(piece, 8), type.getPitch() * 128);
  Value offset = code.add(code.add(code.mul(row, 128), panel), code.mul(code.rem(piece, 8), 16));
  auto words = VectorType::get(4, code.getI32Type());
  LLVM::StoreOp::create(code, code.zero(words), context.sharedAt(code.add(shared.lookup(op.getShared()), offset)), 16);
}
