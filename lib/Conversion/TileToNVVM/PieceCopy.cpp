//===- PieceCopy.cpp - Stores of what was loaded, in pieces ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PieceCopy.h"
#include "GeneralLowering.h"
#include "IndexFacts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace braid::hopper;
using namespace braid::tile;

/// Whether a load's or store's tile may be taken in pieces of so many columns.
template <typename AccessOp> static bool hasPieces(AccessOp op, TileType tile, int64_t piece) {
  ViewType view = op.getView().getType();
  unsigned last = view.getRank() - 1;
  return view.getShape().back() % piece == 0 && divisorOf(op.getIndices().back()) % piece == 0 &&
         !llvm::is_contained(op.getValidDims(), last) &&
         llvm::all_of(ArrayRef<int64_t>(view.getStrides()).drop_back(), [&](int64_t stride) { return stride % piece == 0; });
}

int64_t braid::hopper::pieceOf(StoreOp store) {
  TileType tile = store.getValue().getType();
  auto load = store.getValue().getDefiningOp<LoadOp>();
  int64_t piece = 128 / tile.getElementType().getIntOrFloatBitWidth();
  bool fits = load && load->hasOneUse() && tile.getRank() > 0 && tile.getColumns() % piece == 0 &&
              !ShapedType::isDynamic(load.getView().getType().getShape().back()) &&
              !ShapedType::isDynamic(store.getView().getType().getShape().back()) && hasPieces(load, tile, piece) &&
              hasPieces(store, tile, piece);
  return fits ? piece : 1;
}

/// One path for views that begin at multiples of 16 bytes, which is known at run time alone, and one for others. A group's
/// loads come before its stores, since nobody else knows that they do not overlap.
void GeneralLowering::copyPieces(StoreOp store, const ViewAddress &to) {
  const ViewAddress &from = addresses.find(store.getValue())->second;
  TileType tile = store.getValue().getType();
  int64_t piece = pieceOf(store);
  auto copy = [&](int64_t width) {
    auto type = TileType::get({tile.getRows(), tile.getColumns() / width}, tile.getElementType());
    Type word = width == 1 ? tile.getElementType() : Type(VectorType::get(width, tile.getElementType()));
    int64_t bytes = width * tile.getElementType().getIntOrFloatBitWidth() / 8;
    forGroups(type, [&](auto pieces) {
      SmallVector<Value> values;
      for (auto [row, number] : pieces) {
        Value column = code.mul(number, width), start = from.at(row, column);
        values.push_back(code.ifElse(
            code.both(from.rowInside(row), from.columnInside(column)), word,
            [&] { return LLVM::LoadOp::create(code, word, start, bytes).getResult(); }, code.zero(word)));
      }
      for (auto [piece, value] : llvm::zip(pieces, values)) {
        auto [row, number] = piece;
        Value column = code.mul(number, width), start = to.at(row, column);
        code.ifThen(code.both(to.rowInside(row), to.columnInside(column)),
                    [&, value = value] { LLVM::StoreOp::create(code, value, start, bytes); });
      }
    });
  };
  auto low = [&](const ViewAddress &view) -> Value {
    Value first = view.at(code.i32(0), code.i32(0));
    Value address = LLVM::PtrToIntOp::create(code, code.getI64Type(), first);
    return arith::AndIOp::create(code, address, code.i64(15));
  };
  Value isAligned = code.equal(arith::OrIOp::create(code, low(from), low(to)), code.i64(0));
  auto branch = scf::IfOp::create(code, isAligned, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(code);
  code.setInsertionPointToStart(branch.thenBlock());
  copy(piece);
  code.setInsertionPointToStart(branch.elseBlock());
  copy(1);
}
