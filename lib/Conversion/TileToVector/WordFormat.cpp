//===- WordFormat.cpp - How a product's operands lie in memory ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WordFormat.h"
#include "braid/Conversion/TileToVector/KernelABI.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace braid;
using namespace braid::tile;

static constexpr int64_t line = KernelABI::alignment;

WordFormat WordFormat::get(Type element, const CPUTargetInfo &target) {
  WordFormat format;
  format.bytes = element.isF64() ? 8 : 4;
  format.lanes = target.vectorBits / 8 / format.bytes;
  if (element.isBF16() && target.hasAVX512BF16)
    format.kind = Kind::Pair;
  else if (element.isBF16() || element.isF16())
    format.kind = Kind::Widened;
  format.swapsPairs = element.isBF16() && format.kind == Kind::Widened;
  return format;
}

RegisterBlock RegisterBlock::choose(int64_t m, int64_t n, const WordFormat &format, const CPUTargetInfo &target) {
  // Accumulators, one vector of each column of the right operand, and one word of the left must fit the registers:
  // 32 with AVX-512, 16 without.
  int64_t registers = target.vectorBits == 512 ? 24 : 12;
  int64_t vectors = llvm::divideCeil(n, format.lanes);
  int64_t wide = target.vectorBits == 512 ? 3 : 2;
  if (m <= 2)
    wide = 4; // few rows: wider blocks keep enough independent sums under way
  wide = std::min(wide, vectors);
  if (wide == 3 && vectors % 3 != 0 && vectors % 2 == 0)
    wide = 2;
  return {std::min<int64_t>(std::max<int64_t>(registers / wide, 1), std::min<int64_t>(m, 12)), wide * format.lanes};
}

/// Rows of `words` words apart, so that the rows of a register block do not fall on the same lines of a cache.
static int64_t paddedWords(int64_t words, int64_t wordBytes) {
  int64_t bytes = llvm::alignTo(words * wordBytes, line);
  return (bytes % 512 == 0 ? bytes + line : bytes) / wordBytes;
}

OperandFormat OperandFormat::left(MmaOp mma, const CPUTargetInfo &target) {
  Type element = mma.getA().getType().getElementType();
  WordFormat word = WordFormat::get(element, target);
  int64_t m = mma.getM(), k = mma.getK(), words = word.words(k);
  bool contractsRows = mma.getTransposeA();
  OperandFormat format{word, contractsRows, contractsRows ? PlaceKind::Panels : PlaceKind::Words, 0, 0, false};
  if (contractsRows) {
    format.stride = llvm::alignTo(m, line / word.bytes); // one panel: [k][m]
    format.bytes = words * format.stride * word.bytes;
    format.readableInRows = word.kind == WordFormat::Kind::Element;
  } else {
    format.stride = paddedWords(words, word.bytes);
    format.bytes = m * format.stride * word.bytes;
    format.readableInRows =
        word.kind == WordFormat::Kind::Element || (word.kind == WordFormat::Kind::Pair && k % 2 == 0);
  }
  return format;
}

OperandFormat OperandFormat::right(MmaOp mma, const CPUTargetInfo &target) {
  Type element = mma.getB().getType().getElementType();
  WordFormat word = WordFormat::get(element, target);
  int64_t n = mma.getN(), words = word.words(mma.getK());
  int64_t panel = RegisterBlock::choose(mma.getM(), n, word, target).columns;
  bool contractsRows = !mma.getTransposeB();
  int64_t bytes = llvm::divideCeil(n, panel) * panel * words * word.bytes;
  return {word, contractsRows, PlaceKind::Panels, panel, bytes, contractsRows && word.kind == WordFormat::Kind::Element};
}

static int64_t elementBytes(TileType type) { return type.getElementType().getIntOrFloatBitWidth() / 8; }

int64_t braid::tile::rowStride(TileType type) {
  if (type.getColumns() == 1)
    return 1;
  int64_t bytes = llvm::alignTo(type.getColumns() * elementBytes(type), line);
  if (type.getRows() > 1 && bytes % 4096 == 0)
    bytes += line; // rows a page apart would all fall on the same lines of a cache
  return bytes / elementBytes(type);
}

int64_t braid::tile::rowBytes(TileType type) {
  return llvm::alignTo(type.getRows() * rowStride(type) * elementBytes(type), line) + line;
}
