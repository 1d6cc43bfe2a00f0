//===- ProductLoop.cpp - What the loops of a product share ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProductLoop.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"

using namespace mlir;
using namespace braid::tile;

ProductLoop::ProductLoop(MmaOp mma, const Storage &a, const Storage &accumulator, KernelContext &context, Value start)
    : code(context.code), left(OperandFormat::left(mma, context.target)), word(left.word), a(a), c(accumulator),
      m(mma.getM()), n(mma.getN()), words(word.words(mma.getK())) {
  accumulatorType = mma.getType().getElementType();
  wordType = word.kind == WordFormat::Kind::Pair ? code.getI32Type() : accumulatorType;
  // Words packed, or as the tile lies in rows (a stride of rows is in elements).
  int64_t perWord = word.kind == WordFormat::Kind::Pair ? 2 : 1;
  leftRow = left.contractsRows ? 1 : a.kind == PlaceKind::Rows ? a.stride / perWord : a.stride;
  leftStep = left.contractsRows ? a.stride : 1;
  if (start) {
    initial.emplace(start, context);
    initial->beginWalk(/*inside=*/true); // it reads tiles alone
  }
}

void ProductLoop::forRowBlocks(int64_t blockRows, llvm::function_ref<void(Value, int64_t)> body) {
  int64_t whole = m / blockRows * blockRows;
  if (!a.rows) {
    code.loop(0, whole, blockRows, [&](Value row) { body(row, blockRows); });
    if (whole < m)
      body(code.index(whole), m - whole);
    return;
  }
  if (whole) {
    auto loop = scf::ForOp::create(code, code.index(0), code.min(a.rows, code.index(whole)), code.index(blockRows));
    OpBuilder::InsertionGuard guard(code);
    code.setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVar(), blockRows);
  }
  if (whole < m)
    code.ifThen(code.less(code.index(whole), a.rows), [&] { body(code.index(whole), m - whole); });
}

// A single column is dense: a vector there would reach into the next rows.
ProductLoop::Sums ProductLoop::loadSums(Value firstRow, int64_t rows, Value firstColumn, int64_t vectors) {
  auto type = VectorType::get(word.lanes, accumulatorType);
  Sums sums;
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t v = 0; v < vectors; ++v) {
      Value offset = code.add(code.mul(code.add(firstRow, r), c.stride), code.add(firstColumn, v * word.lanes));
      sums.addresses.push_back(code.address(c.pointer, accumulatorType, offset));
    }
  if (initial) {
    for (int64_t r = 0; r < rows; ++r) {
      ElementSource::Row row = initial->beginRow(code.add(firstRow, r));
      for (int64_t v = 0; v < vectors; ++v)
        sums.values.push_back(initial->vector(row, code.add(firstColumn, v * word.lanes), word.lanes, word.lanes));
    }
    return sums;
  }
  for (Value address : sums.addresses)
    sums.values.push_back(n > 1 ? code.load(type, address)
                                : vector::InsertOp::create(code, code.load(accumulatorType, address), code.zero(type),
                                                           ArrayRef<int64_t>{0}));
  return sums;
}

void ProductLoop::storeSums(const Sums &sums) {
  for (auto [address, sum] : llvm::zip(sums.addresses, sums.values))
    code.store(n > 1 ? sum : vector::ExtractOp::create(code, sum, ArrayRef<int64_t>{0}), address);
}

Value ProductLoop::leftBlock(Value firstRow, Value firstWord) {
  Value block = code.address(a.pointer, wordType, code.mul(firstRow, leftRow));
  return code.address(block, wordType, code.mul(firstWord, leftStep));
}

Value ProductLoop::leftWord(Value block, int64_t r, int64_t k) {
  return code.splat(code.load(wordType, code.address(block, wordType, r * leftRow + k * leftStep)), word.lanes);
}

Value ProductLoop::multiplyAdd(Value x, Value y, Value sum) {
  if (word.kind != WordFormat::Kind::Pair)
    return math::FmaOp::create(code, x, y, sum);
  auto pairs = VectorType::get(2 * word.lanes, code.getBF16Type());
  return x86vector::DotBF16Op::create(code, sum.getType(), sum, vector::BitCastOp::create(code, pairs, x),
                                      vector::BitCastOp::create(code, pairs, y));
}
