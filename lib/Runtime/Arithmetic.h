//===- Arithmetic.h - How fast this machine multiplies and adds -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_ARITHMETIC_H
#define BRAID_RUNTIME_ARITHMETIC_H

#include "ThreadPool.h"

namespace braid {

/// Operations per second, a multiply-add being two; and exponentials of f32.
struct ArithmeticRates {
  double f64 = 0, f32 = 0, bf16 = 0;
  double exp = 0;
};

/// The best rates of a few passes of independent multiply-adds of the widest
/// registers, on all of the pool's threads at once. bf16 is that of dot products
/// of pairs into f32, or f32's where the CPU has none. An exponential is what a
/// kernel makes of one: a power of two by a polynomial of degree 5.
ArithmeticRates measureArithmetic(ThreadPool &pool);

} // namespace braid

#endif // BRAID_RUNTIME_ARITHMETIC_H
