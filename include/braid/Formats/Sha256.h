//===- Sha256.h - SHA-256 ------------------------------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_FORMATS_SHA256_H
#define BRAID_FORMATS_SHA256_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace braid {

using Sha256Digest = std::array<uint8_t, 32>;

/// The digest of a run of bytes that may come in pieces.
class Sha256 {
public:
  Sha256();
  void update(const void *data, size_t bytes);
  /// Ends the computation; the object is not used afterwards.
  Sha256Digest finish();

private:
  // Room for the state of the library that does the work, whose header stays out of ours.
  alignas(16) unsigned char state[256];
};

Sha256Digest sha256(const void *data, size_t bytes);

/// Lower-case hexadecimal digits.
std::string toHex(const Sha256Digest &digest);

} // namespace braid

#endif // BRAID_FORMATS_SHA256_H
