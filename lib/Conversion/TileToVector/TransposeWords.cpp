//===- TransposeWords.cpp - A square of words transposed in registers -----===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// x86 shuffles within 128-bit parts and exchanges such parts, so the square is
// transposed in two levels: each 128-bit part as a small square (pairs of words,
// then pairs of pairs), then the parts among each other, by halves.
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace braid::tile;

/// For rows r and r + distance: the even groups of both, then the odd groups of both, where within every `part` words
/// a group is `group` words (an unpack instruction when the part is 128 bits).
static std::pair<Value, Value> unpack(Value a, Value b, int64_t part, int64_t group, Code &code) {
  int64_t lanes = cast<VectorType>(a.getType()).getNumElements();
  SmallVector<int64_t> low, high;
  for (int64_t base = 0; base < lanes; base += part)
    for (int64_t n = 0; n < part / 2; n += group) {
      for (int64_t source : {int64_t(0), lanes})
        for (int64_t word = 0; word < group; ++word) {
          low.push_back(source + base + n + word);
          high.push_back(source + base + part / 2 + n + word);
        }
    }
  return {vector::ShuffleOp::create(code, a, b, low), vector::ShuffleOp::create(code, a, b, high)};
}

SmallVector<Value> braid::tile::transposeWords(ArrayRef<Value> input, Code &code) {
  auto type = cast<VectorType>(input.front().getType());
  int64_t lanes = type.getNumElements();
  int64_t part = std::min<int64_t>(lanes, 128 / type.getElementTypeBitWidth()); // words in 128 bits
  SmallVector<Value> rows(input);
  // Within the parts: afterwards rows[q * part + c] holds, in its part p, column p * part + c of rows q * part ...
  for (int64_t first = 0; first < lanes; first += part) {
    if (part == 2) {
      std::tie(rows[first], rows[first + 1]) = unpack(rows[first], rows[first + 1], 2, 1, code);
    } else if (part == 4) {
      auto [a0, a1] = unpack(rows[first], rows[first + 1], 4, 1, code);
      auto [b0, b1] = unpack(rows[first + 2], rows[first + 3], 4, 1, code);
      std::tie(rows[first], rows[first + 1]) = unpack(a0, b0, 4, 2, code);
      std::tie(rows[first + 2], rows[first + 3]) = unpack(a1, b1, 4, 2, code);
    }
  }
  // Among the parts: the even ones of both, the odd ones of both, so that each step halves the parts that a vector holds
  // of one row and doubles its rows. The hardware has one instruction for either.
  SmallVector<int64_t> even, odd;
  for (int64_t base = 0; base < 2 * lanes; base += 2 * part)
    for (int64_t word = 0; word < part; ++word) {
      even.push_back(base + word);
      odd.push_back(base + part + word);
    }
  for (int64_t size = part; size < lanes; size *= 2)
    for (int64_t first = 0; first < lanes; first += 2 * size)
      for (int64_t n = 0; n < size; ++n) {
        Value a = rows[first + n], b = rows[first + size + n];
        rows[first + n] = vector::ShuffleOp::create(code, a, b, even);
        rows[first + size + n] = vector::ShuffleOp::create(code, a, b, odd);
      }
  return rows;
}
