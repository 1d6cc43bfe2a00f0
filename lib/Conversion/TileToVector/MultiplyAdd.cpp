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

#include "ProductLoop.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace braid::tile;

namespace {
class RegisterBlockLoop : ProductLoop {
public:
  RegisterBlockLoop(MmaOp mma, const Storage &a, const Storage &b, const Storage &c, KernelContext &context)
      : ProductLoop(mma, a, c, context), b(b), rightStep(b.stride) {
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
    forRowBlocks(blockRows, [&](Value row, int64_t rows) { block(p, columns, row, rows); });
  }

  void block(Value p, int64_t columns, Value firstRow, int64_t rows) {
    int64_t vectors = llvm::divideCeil(columns, word.lanes);
    Sums sums = loadSums(firstRow, rows, code.mul(p, blockColumns), vectors);
    Value rightBlock = code.address(b.pointer, wordType, code.mul(p, rightPanel));
    int64_t whole = words / unroll * unroll;
    if (whole > 0) {
      auto loop = scf::ForOp::create(code, code.index(0), code.index(whole), code.index(unroll), sums.values);
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
  const Storage &b;
  int64_t blockRows, blockColumns;
  int64_t rightStep, rightPanel; // distances in words
};
} // namespace

void braid::tile::multiplyAdd(MmaOp mma, const Storage &a, const Storage &b, const Storage &accumulator,
                              KernelContext &context) {
  RegisterBlockLoop(mma, a, b, accumulator, context).run();
}
