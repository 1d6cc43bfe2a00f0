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
      : tile(tile), context(context), type(cast<TileType>(tile.getType())), format(format), word(format.word), storage(storage),
        code(context.code), along(tile, format.word, context), source(along.source), wordType(along.wordType) {}

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
  Value wordAddress(Value offset) { return code.address(storage.pointer, wordType, offset); }

  // [m][k] -> words [m][k]
  void copyRows() {
    std::optional<MaskedTile> masked = MaskedTile::of(tile);
    int64_t words = word.words(type.getColumns());
    bool masksWords = words > word.lanes && words % word.lanes == 0 && type.getColumns() % words == 0;
    code.loop(0, type.getRows(), 1, [&](Value r) {
      ElementSource::Row row = source.beginRow(r);
      Value line = wordAddress(code.mul(r, format.stride));
      if (masked && masksWords) {
        int64_t perWord = type.getColumns() / word.words(type.getColumns());
        auto write = [&](Value elements, Value column) {
          Value first = arith::DivUIOp::create(code, column, code.index(perWord));
          code.store(along.asWords(elements), code.address(line, wordType, first));
        };
        int64_t elements = word.lanes * perWord;
        auto compute = [&](Value column) { write(source.vector(row, column, elements, elements), column); };
        return masked->forVectors(r, type.getColumns(), elements, compute, write, context);
      }
      along.forVectors([&](Value first, int64_t valid) {
        code.store(along.vector(row, first, valid), code.address(line, wordType, first));
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
      along.forVectors([&](Value first, int64_t valid) {
        SmallVector<Value> columns = along.square(sourceRows, first, valid);
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
          return along.asWords(first);
        Value next = second ? source.vector(sourceRows[1], column, lanes, valid) : code.zero(first.getType());
        return along.asWords(vector::InterleaveOp::create(code, first, next));
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

  Value tile;
  KernelContext &context;
  TileType type;
  const OperandFormat &format;
  const WordFormat &word;
  const Storage &storage;
  Code &code;
  RowWords along;
  ElementSource &source;
  Type wordType;
};
} // namespace

void braid::tile::packOperand(Value tile, const OperandFormat &format, Storage &storage, KernelContext &context) {
  storage.rows = Packer(tile, format, storage, context).run();
}
