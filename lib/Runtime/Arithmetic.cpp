//===- Arithmetic.cpp - How fast this machine multiplies and adds ---------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Arithmetic.h"

#include <algorithm>
#include <atomic>
#include <chrono>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace braid {

namespace {
/// Multiply-adds that do not wait for each other: more than latency times ports,
/// and few enough for 16 registers.
constexpr int chains = 12;
/// One block's steps: a fraction of a millisecond.
constexpr int64_t steps = 1 << 15;

/// Steps of x <- x / 2 + 1 in every lane of every chain, which stay near 2.
template <typename Vector, typename Element> [[gnu::always_inline]] inline double multiplyAdd(Element half) {
  Vector factor = Vector{} + half, one = factor + half;
  Vector sums[chains];
  for (int i = 0; i < chains; ++i) // equal chains could be computed once
    sums[i] = factor * static_cast<Element>(i);
  for (int64_t step = 0; step < steps; ++step) {
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i)
      sums[i] = sums[i] * factor + one;
  }
  double all = 0;
  for (const Vector &sum : sums)
    for (size_t lane = 0; lane < sizeof(Vector) / sizeof(Element); ++lane)
      all += static_cast<double>(sum[lane]);
  return all;
}

template <typename Element, int bytes> struct VectorOf {
  typedef Element type __attribute__((vector_size(bytes)));
};

/// A kernel with the operations of one step of one chain. Its argument is one half, unknown to the compiler.
struct Kernel {
  double (*run)(double half);
  double operations;
};

template <typename Element> double baseline(double half) {
  return multiplyAdd<typename VectorOf<Element, 16>::type>(static_cast<Element>(half));
}

#if defined(__x86_64__)
template <typename Element> [[gnu::target("avx2,fma")]] double avx2(double half) {
  return multiplyAdd<typename VectorOf<Element, 32>::type>(static_cast<Element>(half));
}
template <typename Element> [[gnu::target("avx512f")]] double avx512(double half) {
  return multiplyAdd<typename VectorOf<Element, 64>::type>(static_cast<Element>(half));
}

/// Each lane adds two products of pairs of bf16, zeros among them so that the sums stay small.
[[gnu::target("avx512f,avx512bf16")]] double avx512bf16(double half) {
  __m512 sums[chains], factor = _mm512_set1_ps(static_cast<float>(half)), zero = _mm512_setzero_ps();
  for (int i = 0; i < chains; ++i)
    sums[i] = _mm512_set1_ps(static_cast<float>(half * i));
  __m512bh pairs = _mm512_cvtne2ps_pbh(factor, zero), zeros = _mm512_cvtne2ps_pbh(zero, factor);
  for (int64_t step = 0; step < steps; ++step) {
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i)
      sums[i] = _mm512_dpbf16_ps(sums[i], pairs, zeros);
  }
  double all = 0;
  for (const __m512 &sum : sums)
    all += static_cast<double>(_mm512_reduce_add_ps(sum));
  return all;
}
#endif

template <typename Element> Kernel chooseKernel() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f"))
    return {avx512<Element>, 2 * 64 / sizeof(Element)};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return {avx2<Element>, 2 * 32 / sizeof(Element)};
#endif
  return {baseline<Element>, 2 * 16 / sizeof(Element)};
}

double measure(ThreadPool &pool, const Kernel &kernel) {
  // Several blocks for each thread, so that one that starts late takes fewer.
  const int64_t blocks = int64_t{24} * pool.size();
  volatile double half = 0.5;
  std::atomic<int64_t> ended{0};
  double best = 0;
  for (int pass = 0; pass < 5; ++pass) {
    auto start = std::chrono::steady_clock::now();
    pool.forEach(blocks, [&](int64_t) { ended += kernel.run(half) >= 0; }); // the sum is used, so none can be left out
    std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    best = std::max(best, static_cast<double>(blocks * steps * chains) * kernel.operations / time.count());
  }
  return best;
}
} // namespace

ArithmeticRates measureArithmetic(ThreadPool &pool) {
  ArithmeticRates rates{measure(pool, chooseKernel<double>()), measure(pool, chooseKernel<float>()), 0};
  rates.bf16 = rates.f32;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bf16"))
    rates.bf16 = measure(pool, {avx512bf16, 2 * 32});
#endif
  return rates;
}

} // namespace braid
