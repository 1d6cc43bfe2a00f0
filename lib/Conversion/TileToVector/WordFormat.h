//===- WordFormat.h - How a product's operands lie in memory --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The multiply-add loop works in words along the contracted axis. A word is one
// element (f32, f64), one element widened to f32 (f16; bf16 without pairs), or
// two neighbouring bf16. It reads one word of the left operand at a time and
// spreads it over a vector, and vectors of words of the right operand:
//
//   left:   word (m, k) at  m * rowStride + k * kStride
//   right:  words (k, n ..) at  (n / panel) * panelStride + k * kStride + n % panel
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_TILETOVECTOR_WORDFORMAT_H
#define BRAID_LIB_CONVERSION_TILETOVECTOR_WORDFORMAT_H

#include "braid/Conversion/TileToVector/CPUTargetInfo.h"
#include "braid/Dialect/Tile/IR/Tile.h"

namespace braid::tile {

/// How elements of a product's operands become words.
struct WordFormat {
  enum class Kind { Element, Widened, Pair };

  static WordFormat get(mlir::Type element, const CPUTargetInfo &target);

  Kind kind = Kind::Element;
  int64_t bytes = 4;        // of a word
  int64_t lanes = 16;       // words in a vector
  bool swapsPairs = false;  // widened bf16: of the words 2i and 2i + 1 the second is multiplied first

  /// Words along a contracted axis of k elements. Pairs, and widened elements of pairs, end with a zero if k is odd.
  int64_t words(int64_t k) const {
    if (kind == Kind::Pair)
      return (k + 1) / 2;
    return swapsPairs ? (k + 1) / 2 * 2 : k;
  }
};

/// How many rows and columns of the result one multiply-add loop keeps in registers.
struct RegisterBlock {
  int64_t rows, columns;
  static RegisterBlock choose(int64_t m, int64_t n, const WordFormat &format, const CPUTargetInfo &target);
};

/// One operand of one product: which one, how it is given, how it is packed.
struct OperandFormat {
  static OperandFormat left(MmaOp mma, const CPUTargetInfo &target);
  static OperandFormat right(MmaOp mma, const CPUTargetInfo &target);

  WordFormat word;
  bool contractsRows;    // the contracted axis is the tile's first dimension
  PlaceKind kind;        // Words or Panels
  int64_t stride;        // between rows of words, or columns of a panel
  int64_t bytes;         // of the packed operand
  bool readableInRows;   // the loop can read the tile as it lies in rows

  bool operator==(const OperandFormat &other) const {
    return contractsRows == other.contractsRows && kind == other.kind && stride == other.stride &&
           bytes == other.bytes && word.kind == other.word.kind;
  }
};

/// Elements between rows of a tile in scratch memory: rows start at a cache line; a single column is dense.
int64_t rowStride(TileType type);
/// Bytes of a tile in rows; a whole vector may be read at its last element.
int64_t rowBytes(TileType type);

} // namespace braid::tile

#endif // BRAID_LIB_CONVERSION_TILETOVECTOR_WORDFORMAT_H
