//===- Packing.cpp - Operands of products into words and panels -----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace braid::tile;

namespace {
class Packer {
public:
  Packer(Value tile, const OperandFormat &format, const Storage &storage, KernelContext &context)
      : type(cast<TileType>(tile.getType())), format(format), word(format.word), storage(storage), context(context),
        code(context.code), source(tile, context) {
    wordType = word.kind == WordFormat::Kind::Pair      ? code.getI32Type()
               : word.kind == WordFormat::Kind::Widened ? code.getF32Type()
                                                        : type.getElementType();
  }

  Value run() {
    code.ifElse(source.allInside(), [&](bool inside) {
      source.beginWalk(inside);
      if (format.kind == PlaceKind::Words)
        copyRows();
      else if (format.contractsRows)
        interleaveRows();
      else
        transposeRows();
    });
    return format.contractsRows ? Value() : source.rowLimit();
  }

private:
  int64_t contracted() const { return format.contractsRows ? type.getRows() : type.getColumns(); }

  int64_t perWord() const { return word.kind == WordFormat::Kind::Pair ? 2 : 1; }

  /// `word.lanes` words along a row, from word `column` on. `valid` is how many of them exist if these are the row's
  /// last, more than `word.lanes` if not. An odd end is filled with a zero.
  Value wordsAlongRow(ElementSource::Row &row, Value column, int64_t valid) {
    int64_t lanes = word.lanes * perWord();
    int64_t missing = word.words(contracted()) * perWord() - contracted();
    bool oddEnd = valid <= word.lanes && missing > 0;
    int64_t existing = oddEnd ? valid * perWord() - missing : valid * perWord();
    Value elements = source.vector(row, code.mul(column, perWord()), lanes, existing);
    if (oddEnd) {
      SmallVector<bool> exists;
      for (int64_t lane = 0; lane < lanes; ++lane)
        exists.push_back(lane < existing);
      Value which = arith::ConstantOp::create(code, code.getBoolVectorAttr(exists));
      elements = arith::SelectOp::create(code, which, elements, code.zero(elements.getType()));
    }
    return asWords(elements);
  }

  Value asWords(Value elements) {
    auto vectorType = VectorType::get(word.lanes, wordType);
    if (word.kind == WordFormat::Kind::Pair)
      return vector::BitCastOp::create(code, vectorType, elements);
    if (word.kind == WordFormat::Kind::Widened)
      return arith::ExtFOp::create(code, vectorType, elements);
    return elements;
  }

  /// The words of a row in vectors: body(first word, `valid` of wordsAlongRow).
  void forWords(int64_t words, llvm::function_ref<void(Value, int64_t)> body) {
    int64_t whole = words / word.lanes * word.lanes;
    if (whole == words && words * perWord() != contracted())
      whole -= word.lanes; // an odd end is masked, apart from the loop
    code.loop(0, whole, word.lanes, [&](Value first) { body(first, word.lanes + 1); });
    if (whole < words)
      body(code.index(whole), words - whole);
  }

  Value wordAddress(Value offset) { return code.address(storage.pointer, wordType, offset); }

  // [m][k] -> words [m][k]
  void copyRows() {
    code.loop(0, type.getRows(), 1, [&](Value r) {
      ElementSource::Row row = source.beginRow(r);
      forWords(word.words(type.getColumns()), [&](Value first, int64_t valid) {
        Value words = wordsAlongRow(row, first, valid);
        code.store(words, wordAddress(code.add(code.mul(r, format.stride), first)));
      });
    });
  }

  // [n][k] -> words [n / panel][k][n % panel], a square of words at a time
  void transposeRows() {
    int64_t n = type.getRows(), words = word.words(type.getColumns()), lanes = word.lanes;
    auto square = [&](Value firstRow, int64_t rows) {
      Value panel = arith::DivUIOp::create(code, firstRow, code.index(format.stride));
      Value column = arith::RemUIOp::create(code, firstRow, code.index(format.stride));
      Value base = code.add(code.mul(panel, words * format.stride), column);
      SmallVector<ElementSource::Row> sourceRows;
      for (int64_t r = 0; r < rows; ++r)
        sourceRows.push_back(source.beginRow(code.add(firstRow, r)));
      forWords(words, [&](Value first, int64_t valid) {
        SmallVector<Value> vectors;
        for (int64_t r = 0; r < lanes; ++r)
          vectors.push_back(r < rows ? wordsAlongRow(sourceRows[r], first, valid)
                                     : code.zero(VectorType::get(lanes, wordType)));
        SmallVector<Value> columns = transposeWords(vectors, code);
        for (int64_t k = 0; k < std::min(valid, lanes); ++k)
          code.store(columns[k], wordAddress(code.add(base, code.mul(code.add(first, k), format.stride))));
      });
    };
    code.loop(0, n / lanes * lanes, lanes, [&](Value firstRow) { square(firstRow, lanes); });
    if (n % lanes)
      square(code.index(n / lanes * lanes), n % lanes);
  }

  // [k][n] -> words [n / panel][k][n % panel]
  void interleaveRows() {
    int64_t k = type.getRows(), n = type.getColumns(), lanes = word.lanes;
    bool pair = word.kind == WordFormat::Kind::Pair;
    int64_t words = word.words(k), whole = pair ? k / 2 : k;
    auto wordRow = [&](Value w, bool exists, bool second) {
      SmallVector<ElementSource::Row> sourceRows;
      if (exists)
        sourceRows.push_back(source.beginRow(pair ? code.mul(w, 2) : w));
      if (second)
        sourceRows.push_back(source.beginRow(code.add(code.mul(w, 2), 1)));
      auto vectorAt = [&](Value column, int64_t valid) {
        if (!exists)
          return code.zero(VectorType::get(lanes, wordType));
        Value first = source.vector(sourceRows[0], column, lanes, valid);
        if (!pair)
          return asWords(first);
        Value next = second ? source.vector(sourceRows[1], column, lanes, valid) : code.zero(first.getType());
        return asWords(vector::InterleaveOp::create(code, first, next));
      };
      auto panel = [&](Value p, int64_t columns) {
        Value base = code.add(code.mul(p, words * format.stride), code.mul(w, format.stride));
        code.loop(0, columns / lanes * lanes, lanes, [&](Value column) {
          Value vector = vectorAt(code.add(code.mul(p, format.stride), column), lanes);
          code.store(vector, wordAddress(code.add(base, column)));
        });
        if (columns % lanes) {
          Value column = code.index(columns / lanes * lanes);
          Value vector = vectorAt(code.add(code.mul(p, format.stride), column), columns % lanes);
          code.store(vector, wordAddress(code.add(base, column)));
        }
      };
      code.loop(0, n / format.stride, 1, [&](Value p) { panel(p, format.stride); });
      if (n % format.stride)
        panel(code.index(n / format.stride), n % format.stride);
    };
    code.loop(0, whole, 1, [&](Value w) { wordRow(w, true, pair); });
    if (whole < words)
      wordRow(code.index(whole), pair, false);
  }

  TileType type;
  const OperandFormat &format;
  const WordFormat &word;
  const Storage &storage;
  KernelContext &context;
  Code &code;
  ElementSource source;
  Type wordType;
};
} // namespace

void braid::tile::packOperand(Value tile, const OperandFormat &format, Storage &storage, KernelContext &context) {
  storage.rows = Packer(tile, format, storage, context).run();
}
