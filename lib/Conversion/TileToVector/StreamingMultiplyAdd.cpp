//===- StreamingMultiplyAdd.cpp - A product with few rows ----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//

//
// The right operand, [n, k] in memory, is read once, row by row of a square of
// words at a time. Transposed in registers, a square gives for each word of the
// contracted axis a vector over the columns of the result, as a packed panel
// would: the sums and their order are those of the multiply-add loop. What it
// saves is the panel's way through memory, which few rows would not pay for.
//
//===----------------------------------------------------------------------===//

#include "ProductLoop.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace braid::tile;

namespace {
class StreamingLoop : ProductLoop {
public:
  StreamingLoop(MmaOp mma, const Storage &a, const Storage &c, KernelContext &context)
      : ProductLoop(mma, a, c, context), right(mma.getB(), word, context),
        blockRows(mma->getAttrOfType<DenseI64ArrayAttr>("tile.block").asArrayRef()[0]) {}

  void run() {
    code.ifElse(right.source.allInside(), [&](bool inside) {
      right.source.beginWalk(inside);
      int64_t whole = n / word.lanes * word.lanes;
      code.loop(0, whole, word.lanes, [&](Value column) { columns(column, word.lanes); });
      if (whole < n)
        columns(code.index(whole), n - whole);
    });
  }

private:
  /// A vector of the result's columns: the same rows of the right operand. One row alone, the usual decode step, has code
  /// of its own.
  void columns(Value column, int64_t count) {
    auto blocks = [&] {
      forRowBlocks(blockRows, [&](Value firstRow, int64_t rows) { block(firstRow, rows, column, count); });
    };
    if (!a.rows || blockRows == 1)
      return blocks();
    Value alone = code.lessEqual(a.rows, code.index(1));
    code.ifElse(alone, [&](bool one) { one ? block(code.index(0), 1, column, count) : blocks(); });
  }

  void block(Value firstRow, int64_t rows, Value column, int64_t count) {
    SmallVector<ElementSource::Row> rightRows;
    for (int64_t j = 0; j < count; ++j)
      rightRows.push_back(right.source.beginRow(code.add(column, j)));
    Sums sums = loadSums(firstRow, rows, column, /*vectors=*/1);
    right.forVectors([&](Value first, int64_t valid) { squares(rightRows, first, valid, firstRow, sums.values); },
                     sums.values);
    storeSums(sums);
  }

  void squares(MutableArrayRef<ElementSource::Row> rightRows, Value first, int64_t valid, Value firstRow,
               SmallVectorImpl<Value> &sums) {
    // The next rows are asked for, all of them while these are used: many short streams at once are more than hardware
    // foresees. It drops requests that come all at once, so they go with the later loads and the earlier products, the
    // transposition between them.
    auto request = rightRows.begin();
    auto requestNext = [&](Value with) {
      return request == rightRows.end() ? with : right.prefetchWith(with, *request++, word.lanes, first);
    };
    int64_t rows = rightRows.size();
    SmallVector<Value> byWord = right.square(
        rightRows, first, valid, [&](int64_t row, Value words) { return row < rows / 2 ? words : requestNext(words); });
    Value leftFirst = leftBlock(firstRow, first);
    for (int64_t i = 0, e = std::min(valid, word.lanes); i < e; ++i) {
      int64_t k = word.swapsPairs ? i ^ 1 : i;
      for (auto [r, sum] : llvm::enumerate(sums))
        sum = multiplyAdd(leftWord(leftFirst, r, k), byWord[k], sum);
      sums.back() = requestNext(sums.back());
    }
  }

  RowWords right;
  int64_t blockRows;
};
} // namespace

void braid::tile::multiplyAddStreaming(MmaOp mma, const Storage &a, const Storage &accumulator, KernelContext &context) {
  StreamingLoop(mma, a, accumulator, context).run();
}
