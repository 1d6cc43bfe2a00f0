//===- Contract.cpp - Batched matrix product in double precision -----------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Primitives.h"

// Rows of both operands are contiguous along the contracted axis, so y is made of dot products. A dot product in one
// accumulator is one long chain of additions; `lanes` of them run side by side, which the compiler turns into vectors.
static constexpr int lanes = 4, width = 4;

/// Four dot products of `a` with consecutive rows of `c`.
static void dot4(const double *a, const double *c, double *y, int64_t depth) {
  double sums[width][lanes] = {};
  int64_t k = 0;
  for (; k + lanes <= depth; k += lanes)
    for (int j = 0; j < width; ++j)
      for (int l = 0; l < lanes; ++l)
        sums[j][l] += a[k + l] * c[j * depth + k + l];
  for (int j = 0; j < width; ++j) {
    double sum = (sums[j][0] + sums[j][1]) + (sums[j][2] + sums[j][3]);
    for (int64_t i = k; i < depth; ++i)
      sum += a[i] * c[j * depth + i];
    y[j] = sum;
  }
}

static double dot(const double *a, const double *c, int64_t depth) {
  double sum = 0;
  for (int64_t k = 0; k < depth; ++k)
    sum += a[k] * c[k];
  return sum;
}

void braid::reference::contract(const double *a, const double *c, double *y, int64_t batch, int64_t rows,
                                int64_t columns, int64_t depth) {
  for (; batch > 0; --batch, a += rows * depth, c += columns * depth, y += rows * columns) {
    if (depth == 1) {
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t j = 0; j < columns; ++j)
          y[i * columns + j] = a[i] * c[j];
      continue;
    }
    // Four rows of c stay in the cache while all rows of a pass.
    int64_t j = 0;
    for (; j + width <= columns; j += width)
      for (int64_t i = 0; i < rows; ++i)
        dot4(a + i * depth, c + j * depth, y + i * columns + j, depth);
    for (; j < columns; ++j)
      for (int64_t i = 0; i < rows; ++i)
        y[i * columns + j] = dot(a + i * depth, c + j * depth, depth);
  }
}
