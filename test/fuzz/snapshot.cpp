//===- snapshot.cpp - Fuzzes the restore of a slot ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A snapshot goes into a slot that holds something else: what is refused leaves
// the slot as it was, and what is taken comes out again, but for what lies behind
// the last token of a page. The same bytes are read
// as a file that holds a state, and as what lies in one whose checksum is right.
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"
#include "SlotStore.h"
#include "StateFile.h"

#include <cstring>
#include <string>
#include <vector>

using namespace braid;

namespace {
constexpr int64_t maxContext = 1000, otherLength = 130;

/// One state of each kind, small enough for a few hundred bytes to be a snapshot.
Manifest someStates() {
  using Kind = Manifest::State::Kind;
  Manifest manifest;
  manifest.states = {{"tail", Kind::ConvTail, DType::BF16, {4}, 8},
                     {"recurrent", Kind::Recurrent, DType::F32, {2, 2}, 16},
                     {"key", Kind::KeyValue, DType::BF16, {128, 1}, 256}};
  return manifest;
}

std::vector<char> snapshotOf(const SlotStore &slots, int64_t slot) {
  std::vector<char> bytes(slots.snapshotBytes(slot));
  slots.snapshot(slot, bytes.data());
  return bytes;
}

void require(bool condition) {
  if (!condition)
    std::abort();
}
} // namespace

/// The slot holds the snapshot's tokens: everything but the ends of its pages, which come out as zeros.
static void requireKept(SlotStore &slots, const uint8_t *data, size_t size) {
  std::vector<char> taken = snapshotOf(slots, 1);
  require(slots.length(1) <= maxContext && taken.size() == size);
  size_t fixed = 32 + (slots.length(1) != 0 ? 24 : 0), entry = 2;
  require(std::memcmp(taken.data(), data, fixed) == 0);
  for (size_t i = fixed; i < size; ++i) {
    bool stored = static_cast<int64_t>((i - fixed) / entry) < slots.length(1);
    require(taken[i] == (stored ? static_cast<char>(data[i]) : 0));
  }
}

/// A file whose checksum is right says exactly what was put into it; any other change of it is refused.
static void readAsFile(std::string_view bytes) {
  StateIdentity identity = {};
  identity.artifact[0] = 1, identity.weights[31] = 2;
  checkRefusal(parseStateFile(bytes, identity, "fuzz").status());
  std::string file = stateFileHeader(identity, /*length=*/3, bytes.size()) + std::string(bytes);
  Sha256Digest digest = sha256(file.data(), file.size());
  file.append(reinterpret_cast<const char *>(digest.data()), digest.size());
  Result<std::string_view> inside = parseStateFile(file, identity, "fuzz");
  require(inside.ok() && *inside == bytes);
  size_t place = bytes.empty() ? 0 : static_cast<uint8_t>(bytes.front()) * file.size() / 256;
  file[place] = static_cast<char>(file[place] ^ 4);
  Status status = parseStateFile(file, identity, "fuzz").status();
  checkRefusal(status);
  require(!status.ok());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  readAsFile(asText(data, size));
  SlotStore slots;
  require(slots.create(someStates(), /*layout=*/0x0123456789abcdef, {/*slots=*/2, maxContext}).ok());
  slots.reserve(1, otherLength);
  slots.setLength(1, otherLength);
  std::vector<char> before = snapshotOf(slots, 1);
  Status status = slots.restore(1, data, size);
  if (status.code() != StatusCode::Limit) // a length beyond the session's, in a snapshot that may be sound
    checkRefusal(status);
  if (!status.ok())
    require(snapshotOf(slots, 1) == before);
  else
    requireKept(slots, data, size);
  require(slots.length(0) == 0);
  return 0;
}
