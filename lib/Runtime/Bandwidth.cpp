//===- Bandwidth.cpp - How fast this machine reads memory -----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Bandwidth.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace braid {

namespace {
/// A piece is long enough for the prefetchers and short enough to balance threads.
constexpr uint64_t pieceBytes = 1 << 20;

/// The exclusive or of a piece's words, in `lanes` independent chains: as many
/// as the registers hold, so that more loads are in flight than the core can serve.
template <int lanes> [[gnu::always_inline]] inline uint64_t fold(const char *data) {
  uint64_t sums[lanes] = {};
  static_assert(pieceBytes % sizeof sums == 0);
  for (uint64_t at = 0; at < pieceBytes; at += sizeof sums) {
    uint64_t words[lanes];
    std::memcpy(words, data + at, sizeof words);
    for (int i = 0; i < lanes; ++i)
      sums[i] ^= words[i];
  }
  uint64_t all = 0;
  for (uint64_t sum : sums)
    all ^= sum;
  return all;
}

uint64_t foldBaseline(const char *data) { return fold<16>(data); }

#if defined(__x86_64__)
[[gnu::target("avx2")]] uint64_t foldAvx2(const char *data) { return fold<64>(data); }
#endif

auto chooseFold() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2"))
    return foldAvx2;
#endif
  return foldBaseline;
}
} // namespace

Result<double> measureReadBandwidth(ThreadPool &pool, uint64_t bytes, int repeats) {
  return guardMemory([&]() -> Result<double> {
    int64_t pieces = static_cast<int64_t>(std::max<uint64_t>(1, bytes / pieceBytes));
    uint64_t total = static_cast<uint64_t>(pieces) * pieceBytes;
    BRAID_TRY(checkAvailable(total, "a buffer to read"));
    BRAID_TRY_ASSIGN(HostBuffer buffer, HostBuffer::allocate(total, "a buffer to read"));
    // Untouched pages would all be the same page of zeros.
    pool.forEach(pieces, [&](int64_t i) { std::memset(buffer.data() + i * pieceBytes, 0x5a, pieceBytes); });
    auto fold = chooseFold();
    std::atomic<uint64_t> seen{0};
    double best = 0;
    for (int pass = 0; pass < std::max(1, repeats); ++pass) {
      auto start = std::chrono::steady_clock::now();
      pool.forEach(pieces, [&](int64_t i) { seen.fetch_xor(fold(buffer.data() + i * pieceBytes)); });
      std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
      best = std::max(best, static_cast<double>(total) / time.count());
    }
    // The result uses what was read, so that no pass can be left out.
    return seen.load() == 1 ? 0 : best;
  });
}

} // namespace braid
