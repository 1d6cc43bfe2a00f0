//===- MultiplyAdd.cpp - The multiply-add loop of a product ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For every panel of the right operand and every block of rows: the block's
// accumulators are loaded or computed, the whole contracted axis runs over them
// in rising order, and they are stored. One multiply-add instruction takes one word of the
// left operand, spread over a vector, and a vector of words of the right one.
//
//===----------------------------------------------------------------------===//

#include "ColumnBound.h"
#include "ProductLoop.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace braid::tile;

namespace {
class RegisterBlockLoop : ProductLoop {
public:
  RegisterBlockLoop(MmaOp mma, const Storage &a, const Storage &b, const Storage &c, Value initial,
                    KernelContext &context)
      : ProductLoop(mma, a, c, context, initial), context(context), mask(ProductMask::of(mma)), b(b),
        rightStep(b.stride) {
    ArrayRef<int64_t> block = mma->getAttrOfType<DenseI64ArrayAttr>("tile.block").asArrayRef();
    blockRows = block[0], blockColumns = block[1];
    rightPanel = b.kind == PlaceKind::Rows ? blockColumns : words * blockColumns;
  }

  void run() {
    code.loop(0, n / blockColumns, 1, [&](Value p) { panel(p, blockColumns); });
    if (n % blockColumns)
      panel(code.index(n / blockColumns), n % blockColumns);
  }

private:
  void panel(Value p, int64_t columns) {
    forRowBlocks(blockRows, [&](Value row, int64_t rows) {
      if (!mask.result)
        return block(p, columns, row, rows);
      Value isUsed = code.lessEqual(code.mul(p, blockColumns), mask.result->last(code.add(row, rows - 1), context));
      code.ifThen(isUsed, [&] { block(p, columns, row, rows); });
    });
  }

  /// `words`, or as few as hold more than zeros in rows of the left operand up to `lastRow`; a multiple of `unroll`.
  Value usedWords(Value lastRow, int64_t words) {
    if (!mask.left)
      return code.index(words);
    int64_t elements = unroll * (word.kind == WordFormat::Kind::Pair ? 2 : 1);
    Value columns = code.max(code.index(0), code.add(mask.left->last(lastRow, context), elements));
    Value turns = arith::DivUIOp::create(code, columns, code.index(elements));
    return code.min(code.mul(turns, unroll), code.index(words));
  }

  void block(Value p, int64_t columns, Value firstRow, int64_t rows) {
    int64_t vectors = llvm::divideCeil(columns, word.lanes);
    Sums sums = loadSums(firstRow, rows, code.mul(p, blockColumns), vectors);
    Value rightBlock = code.address(b.pointer, wordType, code.mul(p, rightPanel));
    int64_t whole = words / unroll * unroll;
    if (whole > 0) {
      auto loop = scf::ForOp::create(code, code.index(0), usedWords(code.add(firstRow, rows - 1), whole),
                                     code.index(unroll), sums.values);
      {
        OpBuilder::InsertionGuard guard(code);
        code.setInsertionPointToStart(loop.getBody());
        SmallVector<Value> inner(loop.getRegionIterArgs());
        steps(firstRow, rightBlock, loop.getInductionVar(), unroll, rows, vectors, inner);
        scf::YieldOp::create(code, inner);
      }
      sums.values.assign(loop.getResults().begin(), loop.getResults().end());
    }
    steps(firstRow, rightBlock, code.index(whole), words - whole, rows, vectors, sums.values);
    storeSums(sums);
  }

  /// `count` words from `first` on.
  void steps(Value firstRow, Value rightBlock, Value first, int64_t count, int64_t rows, int64_t vectors,
             SmallVectorImpl<Value> &sums) {
    Value leftFirst = leftBlock(firstRow, first);
    Value rightFirst = code.address(rightBlock, wordType, code.mul(first, rightStep));
    for (int64_t n = 0; n < count; ++n) {
      int64_t k = word.swapsPairs ? n ^ 1 : n;
      SmallVector<Value> rightWords;
      for (int64_t v = 0; v < vectors; ++v)
        rightWords.push_back(code.load(VectorType::get(word.lanes, wordType),
                                       code.address(rightFirst, wordType, k * rightStep + v * word.lanes)));
      for (int64_t r = 0; r < rows; ++r) {
        Value spread = leftWord(leftFirst, r, k);
        for (int64_t v = 0; v < vectors; ++v)
          sums[r * vectors + v] = multiplyAdd(spread, rightWords[v], sums[r * vectors + v]);
      }
    }
  }

  static constexpr int64_t unroll = 4; // words a turn; even, so that pairs stay together
  KernelContext &context;
  ProductMask mask;
  const Storage &b;
  int64_t blockRows, blockColumns;
  int64_t rightStep, rightPanel; // distances in words
};
} // namespace

void braid::tile::multiplyAdd(MmaOp mma, const Storage &a, const Storage &b, const Storage &result, bool startsInMemory,
                              KernelContext &context) {
  RegisterBlockLoop(mma, a, b, result, startsInMemory ? Value() : mma.getAccumulator(), context).run();
}
