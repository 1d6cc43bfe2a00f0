//===- RowWords.cpp - Words along the rows of a tile ---------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace braid::tile;

RowWords::RowWords(Value tile, const WordFormat &word, KernelContext &context)
    : source(tile, context), word(word), code(context.code), columns(cast<TileType>(tile.getType()).getColumns()) {
  wordType = word.kind == WordFormat::Kind::Pair      ? code.getI32Type()
             : word.kind == WordFormat::Kind::Widened ? code.getF32Type()
                                                      : source.elementType();
}

Value RowWords::asWords(Value elements) const {
  auto vectorType = VectorType::get(word.lanes, wordType);
  if (word.kind == WordFormat::Kind::Pair)
    return vector::BitCastOp::create(code, vectorType, elements);
  if (word.kind == WordFormat::Kind::Widened)
    return arith::ExtFOp::create(code, vectorType, elements);
  return elements;
}

Value RowWords::vector(ElementSource::Row &row, Value first, int64_t valid) {
  int64_t lanes = word.lanes * perWord();
  int64_t missing = word.words(columns) * perWord() - columns;
  bool oddEnd = valid <= word.lanes && missing > 0;
  int64_t existing = oddEnd ? valid * perWord() - missing : valid * perWord();
  Value elements = source.vector(row, code.mul(first, perWord()), lanes, existing);
  if (oddEnd) {
    SmallVector<bool> exists;
    for (int64_t lane = 0; lane < lanes; ++lane)
      exists.push_back(lane < existing);
    Value which = arith::ConstantOp::create(code, code.getBoolVectorAttr(exists));
    elements = arith::SelectOp::create(code, which, elements, code.zero(elements.getType()));
  }
  return asWords(elements);
}

SmallVector<Value> RowWords::square(MutableArrayRef<ElementSource::Row> rows, Value first, int64_t valid,
                                    llvm::function_ref<Value(int64_t, Value)> afterRow) {
  SmallVector<Value> vectors;
  for (auto [number, row] : llvm::enumerate(rows))
    vectors.push_back(afterRow(number, vector(row, first, valid)));
  while (int64_t(vectors.size()) < word.lanes)
    vectors.push_back(code.zero(VectorType::get(word.lanes, wordType)));
  return transposeWords(vectors, code);
}

void RowWords::forVectors(llvm::function_ref<void(Value, int64_t)> body, SmallVectorImpl<Value> &carried) {
  int64_t words = word.words(columns), whole = words / word.lanes * word.lanes;
  if (whole == words && words * perWord() != columns)
    whole -= word.lanes; // an odd end is masked, apart from the loop
  if (whole == word.lanes) {
    body(code.index(0), word.lanes + 1);
  } else if (whole > 0) {
    auto loop = scf::ForOp::create(code, code.index(0), code.index(whole), code.index(word.lanes), carried);
    OpBuilder::InsertionGuard guard(code);
    code.setInsertionPointToStart(loop.getBody());
    carried.assign(loop.getRegionIterArgs().begin(), loop.getRegionIterArgs().end());
    body(loop.getInductionVar(), word.lanes + 1);
    if (!carried.empty())
      scf::YieldOp::create(code, carried);
    carried.assign(loop.getResults().begin(), loop.getResults().end());
  }
  if (whole < words)
    body(code.index(whole), words - whole);
}
