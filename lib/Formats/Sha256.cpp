//===- Sha256.cpp - SHA-256, by libmd -------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Formats/Sha256.h"

#include <sha2.h>

#include <new>

namespace braid {

static_assert(sizeof(SHA2_CTX) <= 256 && alignof(SHA2_CTX) <= 16, "Sha256::state must hold libmd's context");

static SHA2_CTX *contextOf(unsigned char *state) { return std::launder(reinterpret_cast<SHA2_CTX *>(state)); }

Sha256::Sha256() { SHA256Init(new (state) SHA2_CTX); }

void Sha256::update(const void *data, size_t bytes) {
  SHA256Update(contextOf(state), static_cast<const uint8_t *>(data), bytes);
}

Sha256Digest Sha256::finish() {
  Sha256Digest digest;
  SHA256Final(digest.data(), contextOf(state));
  return digest;
}

Sha256Digest sha256(const void *data, size_t bytes) {
  Sha256 hash;
  hash.update(data, bytes);
  return hash.finish();
}

std::string toHex(const Sha256Digest &digest) {
  std::string out;
  for (uint8_t byte : digest) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

} // namespace braid
