//===- Copies.cpp - Between global memory, shared memory and registers ----===//
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

static int64_t bytesOf(Type element) { return element.getIntOrFloatBitWidth() / 8; }

/// Of a bulk copy: innermost first, the last one moved by `column`.
SmallVector<Value> RoleLowering::coordinates(ValueRange indices, int64_t column) {
  SmallVector<Value> result;
  for (Value index : llvm::reverse(indices))
    result.push_back(code.narrow(scalar(index)));
  result.front() = code.add(result.front(), column);
  return result;
}

void RoleLowering::lowerCopyIn(CopyInOp op) {
  SharedType type = op.getShared().getType();
  Value base = shared.lookup(op.getShared());
  if (op.getBarrier()) {
    Value map = context.tensorMap(context.maps.numberOf(op.getView(), type));
    Value barrier = barrierAt(op.getBarrier(), op.getStage());
    auto cluster = LLVM::LLVMPointerType::get(code.getContext(), 7);
    oneThread([&] {
      for (int64_t panel = 0; panel < type.getPanels(); ++panel) {
        Value to = context.sharedAt(code.add(base, panel * type.getPitch() * 128));
        NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp::create(
            code, LLVM::AddrSpaceCastOp::create(code, cluster, to), map,
            coordinates(op.getIndices(), panel * type.getPanelColumns()), barrier, ValueRange(), Value(), Value(),
            NVVM::TMALoadMode::TILE, false, NVVM::CTAGroupKindAttr(), Value());
      }
    });
    return;
  }
  Type element = type.getElementType();
  ViewAddress view(op.getView(), op.getIndices(), type.getRank(), context, scalars);
  forElements(type, [&](Value row, Value column) {
    Value inside = code.both(view.rowInside(row), view.columnInside(column));
    Value value = code.ifElse(
        inside, element,
        [&] { return LLVM::LoadOp::create(code, element, view.at(row, column), bytesOf(element)).getResult(); },
        code.zero(element));
    LLVM::StoreOp::create(code, value, context.sharedAt(elementOffset(op.getShared(), type, row, column)),
                          bytesOf(element));
  });
}

void RoleLowering::lowerCopyOut(CopyOutOp op) {
  SharedType type = op.getShared().getType();
  Value base = shared.lookup(op.getShared());
  if (op.getBulk()) {
    Value map = context.tensorMap(context.maps.numberOf(op.getView(), type));
    oneThread([&] {
      for (int64_t panel = 0; panel < type.getPanels(); ++panel) {
        Value from = context.sharedAt(code.add(base, panel * type.getPitch() * 128));
        NVVM::CpAsyncBulkTensorSharedCTAToGlobalOp::create(
            code, map, from, coordinates(op.getIndices(), panel * type.getPanelColumns()), Value(),
            NVVM::TMAStoreMode::TILE, Value());
      }
    });
    return;
  }
  Type element = type.getElementType();
  ViewAddress view(op.getView(), op.getIndices(), type.getRank(), context, scalars);
  forElements(type, [&](Value row, Value column) {
    code.ifThen(code.both(view.rowInside(row), view.columnInside(column)), [&] {
      Value from = context.sharedAt(elementOffset(op.getShared(), type, row, column));
      Value value = LLVM::LoadOp::create(code, element, from, bytesOf(element));
      LLVM::StoreOp::create(code, value, view.at(row, column), bytesOf(element));
    });
  });
}

/// The group's threads take the elements in turn, neighbours along a row first.
void RoleLowering::forElements(SharedType type, llvm::function_ref<void(Value, Value)> body) {
  int64_t columns = type.getShape().back(), count = columns * (type.getRank() == 2 ? type.getShape()[0] : 1);
  int64_t threads = 32 * role.getWarpsOfGroup();
  auto loop = scf::ForOp::create(code, place.thread, code.i32(count), code.i32(threads));
  OpBuilder::InsertionGuard guard(code);
  code.setInsertionPointToStart(loop.getBody());
  body(code.div(loop.getInductionVar(), columns), code.rem(loop.getInductionVar(), columns));
}

/// Where element (row, column) of a tile lies. The swizzle moves 16-byte pieces only.
Value RoleLowering::elementOffset(Value tile, SharedType type, Value row, Value column) {
  Value base = shared.lookup(tile);
  int64_t bytes = bytesOf(type.getElementType());
  if (type.getRank() == 1)
    return code.add(base, code.mul(column, bytes));
  int64_t perPiece = 16 / bytes;
  Value panel = code.div(column, type.getPanelColumns()), inPanel = code.rem(column, type.getPanelColumns());
  Value piece = code.exclusiveOr(code.div(inPanel, perPiece), code.rem(row, 8));
  Value offset = code.add(code.mul(panel, type.getPitch() * 128), code.mul(row, 128));
  offset = code.add(offset, code.add(code.mul(piece, 16), code.mul(code.rem(inPanel, perPiece), bytes)));
  return code.add(base, offset);
}

//===----------------------------------------------------------------------===//
// Between registers and shared memory
//===----------------------------------------------------------------------===//

void RoleLowering::lowerStoreShared(StoreSharedOp op) {
  const RegisterTile &tile = tiles.find(op.getValue())->second;
  SharedType type = op.getShared().getType();
  int64_t columns = tile.type.getColumns();
  if (tile.isPacked() && tile.spread == Spread::Matrix && columns % 16 == 0) {
    // Four 8 x 8 matrices at once: lane l gives the address of row l % 16 of the 16 columns' half l / 16.
    Value row = code.add(code.mul(code.div(place.thread, 32), 16), code.rem(place.lane, 16));
    Value half = code.mul(code.div(place.lane, 16), 8);
    for (int64_t c = 0; c < tile.type.getRows() / 64; ++c)
      for (int64_t block = 0; block < columns / 16; ++block) {
        // All panels share the swizzled part of their addresses; what is the panel's own is an immediate.
        int64_t panel = 16 * block / type.getPanelColumns(), column = 16 * block % type.getPanelColumns();
        Value to = elementOffset(op.getShared(), type, code.add(row, 64 * c), code.add(half, column));
        SmallVector<Value> operands{code.add(context.sharedAddress, to)};
        llvm::append_range(operands, tile.chunk(c).slice(4 * block, 4));
        code.assembly("stmatrix.sync.aligned.m8n8.x4.shared.b16 [$0+" + Twine(panel * type.getPitch() * 128) +
                          "], {$1, $2, $3, $4};",
                      "r,r,r,r,r,~{memory}", operands, TypeRange());
      }
    return;
  }
  int64_t bytes = bytesOf(type.getElementType());
  for (int64_t i = 0; i < tile.size(); ++i) {
    Value row = code.add(place.row, tile.rowOffset(i)), column = code.add(place.column, tile.columnOffset(i));
    if (tile.spread == Spread::Rows)
      column = row;
    Value to = context.sharedAt(elementOffset(op.getShared(), type, row, column));
    LLVM::StoreOp::create(code, tile.element(i, code), to, bytes);
  }
}

void RoleLowering::lowerLoadShared(LoadSharedOp op) {
  SharedType type = op.getShared().getType();
  Spread spread = RegisterTile::spreadOf(op);
  RegisterTile shape(op.getType(), spread);
  SmallVector<Value> elements;
  for (int64_t i = 0; i < shape.size(); ++i) {
    Value row = code.add(place.row, shape.rowOffset(i)), column = code.add(place.column, shape.columnOffset(i));
    if (spread == Spread::Rows)
      column = row;
    Value from = context.sharedAt(elementOffset(op.getShared(), type, row, column));
    elements.push_back(LLVM::LoadOp::create(code, type.getElementType(), from, bytesOf(type.getElementType())));
  }
  tiles[op] = RegisterTile::of(op.getType(), spread, elements, code);
}
