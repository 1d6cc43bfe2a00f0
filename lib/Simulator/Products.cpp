//===- Products.cpp - The numbers of a matrix product ---------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Products.h"

using namespace mlir;
using namespace braid::simulator;
using namespace braid::tile;

static constexpr int64_t contractedByInstruction = 16;

/// An operand in shared memory as rows x columns.
static std::vector<double> gather(const SharedTile &tile, bool transpose, SharedMemory &shared) {
  std::vector<double> values(size_t(tile.rows * tile.columns));
  for (int64_t row = 0; row < tile.rows; ++row)
    for (int64_t column = 0; column < tile.columns; ++column)
      values[size_t(transpose ? column * tile.rows + row : row * tile.columns + column)] =
          shared.at(tile, row, column).real;
  return values;
}

Numbers braid::simulator::compute(const Product &product, SharedMemory &shared) {
  MmaAsyncOp op = product.op;
  int64_t m = op.getM(), n = op.getN(), k = op.getK();
  std::vector<double> a, b = gather(product.b, op.getTransposeB(), shared);
  if (auto tile = std::get_if<SharedTile>(&product.a))
    a = gather(*tile, op.getTransposeA(), shared);
  else
    for (Number number : std::get<TileRef>(product.a)->elements)
      a.push_back(number.real);
  Numbers result(size_t(m * n), Number::of(0.0));
  if (product.accumulator)
    result = product.accumulator->elements;
  std::vector<double> sums(static_cast<size_t>(n));
  for (int64_t i = 0; i < m; ++i)
    for (int64_t first = 0; first < k; first += contractedByInstruction) {
      std::fill(sums.begin(), sums.end(), 0);
      for (int64_t c = first; c < first + contractedByInstruction; ++c) {
        const double left = a[size_t(i * k + c)], *right = &b[size_t(c * n)];
        for (int64_t j = 0; j < n; ++j)
          sums[size_t(j)] += left * right[j];
      }
      Number *row = &result[size_t(i * n)];
      for (int64_t j = 0; j < n; ++j)
        row[j].real = float(row[j].real + sums[size_t(j)]);
    }
  return result;
}
