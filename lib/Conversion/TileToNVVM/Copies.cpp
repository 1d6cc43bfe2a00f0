//===- Copies.cpp - Between global memory, shared memory and registers ----===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RoleLowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/SmallPtrSet.h"
#include <memory>

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
    // A bit for each block of the cluster.
    Value receivers;
    if (op.getMulticast())
      receivers = LLVM::ConstantOp::create(code, code.getI16IntegerAttr((1 << context.schedule.getCluster()) - 1));
    oneThread([&] {
      for (int64_t panel = 0; panel < type.getPanels(); ++panel) {
        Value to = context.sharedAt(code.add(base, panel * type.getPitch() * 128));
        NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp::create(
            code, LLVM::AddrSpaceCastOp::create(code, cluster, to), map,
            coordinates(op.getIndices(), panel * type.getPanelColumns()), barrier, ValueRange(), receivers, Value(),
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

/// How many elements of a thread lie side by side in a row of shared memory: pairs, from an even column on.
static int64_t neighbours(const RegisterTile &tile) {
  bool inPairs = tile.spread == Spread::Matrix || tile.spread == Spread::Columns ||
                 (tile.spread == Spread::Lanes && tile.type.getColumns() > 1 && tile.size() % 2 == 0);
  return inPairs ? 2 : 1;
}

/// Four 8 x 8 matrices at once: lane l gives the address of row l % 16 of the 16 columns' half l / 16.
void RoleLowering::storeMatrices(StoreSharedOp op, KnownWarp warp) {
  const RegisterTile &tile = tiles.find(op.getValue())->second;
  SharedType type = op.getShared().getType();
  int64_t columns = tile.type.getColumns();
  Value row = code.add(code.mul(code.div(place.thread, 32), 16), code.rem(place.lane, 16));
  Value half = code.mul(code.div(place.lane, 16), 8);
  // The registers of 16 columns of the c-th 64 rows; what is computed where it is stored is computed here.
  auto words = [&](int64_t c, int64_t block) -> SmallVector<Value> {
    if (!tile.makeElement)
      return llvm::to_vector(tile.chunk(c).slice(4 * block, 4));
    SmallVector<Value> elements;
    for (int64_t i = 0; i < 8; ++i)
      elements.push_back(tile.makeElement(c * columns / 2 + 8 * block + i, warp));
    return RegisterTile::of(tile.type, Spread::Matrix, elements, code).registers;
  };
  for (int64_t c = 0; c < tile.type.getRows() / 64; ++c)
    for (int64_t block = 0; block < columns / 16; ++block) {
      // All panels share the swizzled part of their addresses; what is the panel's own is an immediate.
      int64_t panel = 16 * block / type.getPanelColumns(), column = 16 * block % type.getPanelColumns();
      Value to = elementOffset(op.getShared(), type, code.add(row, 64 * c), code.add(half, column));
      SmallVector<Value> operands{code.add(context.sharedAddress, to)};
      llvm::append_range(operands, words(c, block));
      code.assembly("stmatrix.sync.aligned.m8n8.x4.shared.b16 [$0+" + Twine(panel * type.getPitch() * 128) +
                        "], {$1, $2, $3, $4};",
                    "r,r,r,r,r,~{memory}", operands, TypeRange());
    }
}

void RoleLowering::lowerStoreShared(StoreSharedOp op) {
  const RegisterTile &tile = tiles.find(op.getValue())->second;
  SharedType type = op.getShared().getType();
  if (tile.isPacked() && tile.spread == Spread::Matrix && tile.type.getColumns() % 16 == 0) {
    if (!tile.comparesPlace)
      return storeMatrices(op, std::nullopt);
    // A warp's rows decide most comparisons with columns: each warp has code of its own, without what it does not need.
    Value warp = role.getGroups() == 1 ? context.warp : code.rem(code.sub(context.warp, code.i32(role.getFirstWarp())), 4);
    int64_t first = role.getGroups() == 1 ? role.getFirstWarp() : 0;
    for (int64_t w = 0; w < 4; ++w)
      code.ifThen(code.equal(warp, code.i32(first + w)), [&] { storeMatrices(op, w); });
    return;
  }
  Type element = type.getElementType();
  int64_t count = neighbours(tile);
  for (int64_t i = 0; i < tile.size(); i += count) {
    Value to = context.sharedAt(elementOffset(op.getShared(), type, tile.row(i, place, code), tile.column(i, place, code)));
    Value value = tile.element(i, code);
    if (count > 1) {
      Value pair = LLVM::UndefOp::create(code, VectorType::get(count, element));
      for (int64_t n = 0; n < count; ++n)
        pair = LLVM::InsertElementOp::create(code, pair, tile.element(i + n, code), code.i32(n));
      value = pair;
    }
    LLVM::StoreOp::create(code, value, to, count * bytesOf(element));
  }
}

/// Whether a vector may be read where maps use it: they stand in its block, and nothing is written before the last.
static bool isReadWhereUsed(LoadSharedOp op) {
  SmallPtrSet<Operation *, 8> maps;
  for (Operation *user : op->getUsers()) {
    if (!isa<BroadcastOp>(user) || user->getBlock() != op->getBlock())
      return false;
    for (Operation *map : user->getUsers()) {
      if (!isa<MapOp>(map) || map->getBlock() != op->getBlock())
        return false;
      maps.insert(map);
    }
  }
  for (Operation *next = op->getNextNode(); next && !maps.empty(); next = next->getNextNode()) {
    if (!isMemoryEffectFree(next) && !isa<LoadSharedOp, ReadSharedOp>(next))
      return false;
    maps.erase(next);
  }
  return true;
}

void RoleLowering::lowerLoadShared(LoadSharedOp op) {
  SharedType type = op.getShared().getType();
  RegisterTile shape(op.getType(), RegisterTile::spreadOf(op));
  Type element = type.getElementType();
  int64_t count = neighbours(shape);
  // The elements from a multiple of `count` on.
  auto read = [this, tile = op.getShared(), type, element, shape, count](int64_t i) {
    Value from = context.sharedAt(elementOffset(tile, type, shape.row(i, place, code), shape.column(i, place, code)));
    Type whole = count == 1 ? element : Type(VectorType::get(count, element));
    Value value = LLVM::LoadOp::create(code, whole, from, count * bytesOf(element));
    SmallVector<Value> elements;
    for (int64_t n = 0; n < count; ++n)
      elements.push_back(count == 1 ? value : LLVM::ExtractElementOp::create(code, value, code.i32(n)).getResult());
    return elements;
  };
  if (type.getRank() == 1 && shape.spread != Spread::Lanes && isReadWhereUsed(op)) {
    auto known = std::make_shared<DenseMap<std::pair<Block *, int64_t>, SmallVector<Value>>>();
    shape.makeElement = [this, read, known, count](int64_t i, KnownWarp) {
      auto [pair, isNew] = known->try_emplace({code.getInsertionBlock(), i / count});
      if (isNew)
        pair->second = read(i / count * count);
      return pair->second[i % count];
    };
    tiles[op] = shape;
    return;
  }
  SmallVector<Value> elements;
  for (int64_t i = 0; i < shape.size(); i += count)
    llvm::append_range(elements, read(i));
  tiles[op] = RegisterTile::of(op.getType(), shape.spread, elements, code);
}
