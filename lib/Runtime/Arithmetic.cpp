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

template <typename Element, typename Vector> [[gnu::always_inline]] inline double sumOf(const Vector (&vectors)[chains]) {
  double all = 0;
  for (const Vector &vector : vectors)
    for (size_t lane = 0; lane < sizeof(Vector) / sizeof(Element); ++lane)
      all += static_cast<double>(vector[lane]);
  return all;
}

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
  return sumOf<Element>(sums);
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
  return sumOf<float>(sums);
}
#endif

// -2^x of the last one, for every lane of every chain: they stay between -1 and 0.
// The polynomial's signs make the minus; 2^r = 1 + r (..) for |r| <= 1/2.
constexpr float negated[] = {-1.33335387e-3f, -9.66624542e-3f, -5.55050021e-2f, -2.40223513e-1f, -6.93147144e-1f, -1.0f};

/// Where no instruction scales by a power of two: x is rounded to a whole n by a
/// number whose last bit is one, and n is added to the exponent.
template <typename Vector, typename Bits> [[gnu::always_inline]] inline double exponentials(double half) {
  Vector values[chains], one = Vector{} + static_cast<float>(2 * half), shift = one * 12582912.0f, least = one * -126.0f;
  for (int i = 0; i < chains; ++i)
    values[i] = one * (-0.05f * static_cast<float>(i));
  for (int64_t step = 0; step < steps; ++step) {
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i) {
      Vector x = values[i] < least ? least : values[i], sum = x + shift, r = x - (sum - shift);
      Vector power = one * negated[0];
      for (int k = 1; k < 6; ++k)
        power = power * r + negated[k];
      values[i] = reinterpret_cast<Vector>(reinterpret_cast<Bits>(power) + (reinterpret_cast<Bits>(sum) << 23));
    }
  }
  return sumOf<float>(values);
}

double baselineExp(double half) {
  return exponentials<VectorOf<float, 16>::type, VectorOf<int32_t, 16>::type>(half);
}
#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] double avx2Exp(double half) {
  return exponentials<VectorOf<float, 32>::type, VectorOf<int32_t, 32>::type>(half);
}

[[gnu::target("avx512f")]] double avx512Exp(double half) {
  __m512 values[chains], scale = _mm512_set1_ps(static_cast<float>(2 * half));
  for (int i = 0; i < chains; ++i)
    values[i] = _mm512_mul_ps(scale, _mm512_set1_ps(-0.05f * static_cast<float>(i)));
  for (int64_t step = 0; step < steps; ++step) {
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i) {
      __m512 n = _mm512_roundscale_ps(values[i], 0), r = _mm512_sub_ps(values[i], n), power = _mm512_set1_ps(negated[0]);
      for (int k = 1; k < 6; ++k)
        power = _mm512_fmadd_ps(power, r, _mm512_set1_ps(negated[k]));
      values[i] = _mm512_scalef_ps(power, n);
    }
  }
  return sumOf<float>(values);
}
#endif

Kernel chooseExponential() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f"))
    return {avx512Exp, 64 / sizeof(float)};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return {avx2Exp, 32 / sizeof(float)};
#endif
  return {baselineExp, 16 / sizeof(float)};
}

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
    pool.forEach(blocks, [&](int64_t) { ended += kernel.run(half) > -1e30; }); // the sum is used, so none can be left out
    std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    best = std::max(best, static_cast<double>(blocks * steps * chains) * kernel.operations / time.count());
  }
  return best;
}
} // namespace

ArithmeticRates measureArithmetic(ThreadPool &pool) {
  ArithmeticRates rates{measure(pool, chooseKernel<double>()), measure(pool, chooseKernel<float>()), 0,
                        measure(pool, chooseExponential())};
  rates.bf16 = rates.f32;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bf16"))
    rates.bf16 = measure(pool, {avx512bf16, 2 * 32});
#endif
  return rates;
}

} // namespace braid
