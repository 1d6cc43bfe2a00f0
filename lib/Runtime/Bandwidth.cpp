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

/// The exclusive or of a piece's words. Eight independent chains of wide vectors
/// keep more loads in flight than the core can serve.
uint64_t fold(const char *data) {
  constexpr int lanes = 64;
  uint64_t sums[lanes] = {};
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
} // namespace

Result<double> measureReadBandwidth(ThreadPool &pool, uint64_t bytes, int repeats) {
  return guardMemory([&]() -> Result<double> {
    int64_t pieces = static_cast<int64_t>(std::max<uint64_t>(1, bytes / pieceBytes));
    uint64_t total = static_cast<uint64_t>(pieces) * pieceBytes;
    BRAID_TRY(checkAvailable(total, "a buffer to read"));
    BRAID_TRY_ASSIGN(HostBuffer buffer, HostBuffer::allocate(total, "a buffer to read"));
    // Untouched pages would all be the same page of zeros.
    pool.forEach(pieces, [&](int64_t i) { std::memset(buffer.data() + i * pieceBytes, 0x5a, pieceBytes); });
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
