//===- MultiplyAdd.cpp - The multiply-add loop of a product ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For every panel of the right operand and every block of rows: the block's
// accumulators are loaded, the whole contracted axis runs over them in rising
// order, and they are stored. One multiply-add instruction takes one word of the
// left operand, spread over a vector, and a vector of words of the right one.
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace braid::tile;

namespace {
class RegisterBlockLoop {
public:
  RegisterBlockLoop(MmaOp mma, const Storage &a, const Storage &b, const Storage &c, KernelContext &context)
      : code(context.code), left(OperandFormat::left(mma, context.target)),
        right(OperandFormat::right(mma, context.target)), word(left.word), a(a), b(b), c(c), m(mma.getM()),
        n(mma.getN()), words(word.words(mma.getK())) {
    ArrayRef<int64_t> block = mma->getAttrOfType<DenseI64ArrayAttr>("tile.block").asArrayRef();
    blockRows = block[0], blockColumns = block[1];
    accumulatorType = mma.getType().getElementType();
    wordType = word.kind == WordFormat::Kind::Pair ? code.getI32Type() : accumulatorType;
    // Words of the operands, packed or as the tiles lie in rows (a stride of rows is in elements).
    int64_t perWord = word.kind == WordFormat::Kind::Pair ? 2 : 1;
    leftRow = left.contractsRows ? 1 : a.kind == PlaceKind::Rows ? a.stride / perWord : a.stride;
    leftStep = left.contractsRows ? a.stride : 1;
    rightStep = b.stride;
    rightPanel = b.kind == PlaceKind::Rows ? blockColumns : words * blockColumns;
  }

  void run() {
    code.loop(0, n / blockColumns, 1, [&](Value p) { panel(p, blockColumns); });
    if (n % blockColumns)
      panel(code.index(n / blockColumns), n % blockColumns);
  }

private:
  void panel(Value p, int64_t columns) {
    int64_t whole = m / blockRows * blockRows;
    if (!a.rows) {
      code.loop(0, whole, blockRows, [&](Value row) { block(p, columns, row, blockRows); });
      if (whole < m)
        block(p, columns, code.index(whole), m - whole);
      return;
    }
    // Rows from a.rows on are zeros: they add nothing.
    if (whole) {
      auto loop = scf::ForOp::create(code, code.index(0), code.min(a.rows, code.index(whole)), code.index(blockRows));
      OpBuilder::InsertionGuard guard(code);
      code.setInsertionPointToStart(loop.getBody());
      block(p, columns, loop.getInductionVar(), blockRows);
    }
    if (whole < m)
      code.ifThen(code.less(code.index(whole), a.rows),
                  [&] { block(p, columns, code.index(whole), m - whole); });
  }

  Value accumulatorAddress(Value p, Value row, int64_t vector) {
    Value column = code.add(code.mul(p, blockColumns), vector * word.lanes);
    return code.address(c.pointer, accumulatorType, code.add(code.mul(row, c.stride), column));
  }

  void block(Value p, int64_t columns, Value firstRow, int64_t rows) {
    int64_t vectors = llvm::divideCeil(columns, word.lanes);
    auto type = VectorType::get(word.lanes, accumulatorType);
    SmallVector<Value> addresses, sums;
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t v = 0; v < vectors; ++v)
        addresses.push_back(accumulatorAddress(p, code.add(firstRow, r), v));
    for (Value address : addresses)
      sums.push_back(loadSum(type, address));

    Value leftBlock = code.address(a.pointer, wordType, code.mul(firstRow, leftRow));
    Value rightBlock = code.address(b.pointer, wordType, code.mul(p, rightPanel));
    int64_t whole = words / unroll * unroll;
    if (whole > 0) {
      auto loop = scf::ForOp::create(code, code.index(0), code.index(whole), code.index(unroll), sums);
      {
        OpBuilder::InsertionGuard guard(code);
        code.setInsertionPointToStart(loop.getBody());
        SmallVector<Value> inner(loop.getRegionIterArgs());
        steps(leftBlock, rightBlock, loop.getInductionVar(), unroll, rows, vectors, inner);
        scf::YieldOp::create(code, inner);
      }
      sums.assign(loop.getResults().begin(), loop.getResults().end());
    }
    steps(leftBlock, rightBlock, code.index(whole), words - whole, rows, vectors, sums);
    for (auto [address, sum] : llvm::zip(addresses, sums))
      storeSum(sum, address);
  }

  // A single column is dense: a vector there would reach into the next rows.
  Value loadSum(VectorType type, Value address) {
    if (n > 1)
      return code.load(type, address);
    return vector::InsertOp::create(code, code.load(accumulatorType, address), code.zero(type), ArrayRef<int64_t>{0});
  }

  void storeSum(Value sum, Value address) {
    code.store(n > 1 ? sum : vector::ExtractOp::create(code, sum, ArrayRef<int64_t>{0}), address);
  }

  /// `count` words from `first` on.
  void steps(Value leftBlock, Value rightBlock, Value first, int64_t count, int64_t rows, int64_t vectors,
             SmallVectorImpl<Value> &sums) {
    Value leftFirst = code.address(leftBlock, wordType, code.mul(first, leftStep));
    Value rightFirst = code.address(rightBlock, wordType, code.mul(first, rightStep));
    for (int64_t n = 0; n < count; ++n) {
      int64_t k = word.swapsPairs ? n ^ 1 : n;
      SmallVector<Value> rightWords;
      for (int64_t v = 0; v < vectors; ++v)
        rightWords.push_back(code.load(VectorType::get(word.lanes, wordType),
                                       code.address(rightFirst, wordType, k * rightStep + v * word.lanes)));
      for (int64_t r = 0; r < rows; ++r) {
        Value leftWord = code.load(wordType, code.address(leftFirst, wordType, r * leftRow + k * leftStep));
        Value spread = code.splat(leftWord, word.lanes);
        for (int64_t v = 0; v < vectors; ++v) {
          Value &sum = sums[r * vectors + v];
          sum = multiplyAdd(spread, rightWords[v], sum);
        }
      }
    }
  }

  Value multiplyAdd(Value x, Value y, Value sum) {
    if (word.kind != WordFormat::Kind::Pair)
      return math::FmaOp::create(code, x, y, sum);
    auto pairs = VectorType::get(2 * word.lanes, code.getBF16Type());
    return x86vector::DotBF16Op::create(code, sum.getType(), sum, vector::BitCastOp::create(code, pairs, x),
                                        vector::BitCastOp::create(code, pairs, y));
  }

  static constexpr int64_t unroll = 4; // words a turn; even, so that pairs stay together
  Code &code;
  OperandFormat left, right;
  WordFormat word;
  const Storage &a, &b, &c;
  int64_t m, n, words, blockRows, blockColumns;
  Type accumulatorType, wordType;
  int64_t leftRow, leftStep, rightStep, rightPanel; // distances in words
};
} // namespace

void braid::tile::multiplyAdd(MmaOp mma, const Storage &a, const Storage &b, const Storage &accumulator,
                              KernelContext &context) {
  RegisterBlockLoop(mma, a, b, accumulator, context).run();
}
