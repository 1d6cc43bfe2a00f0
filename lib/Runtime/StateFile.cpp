//===- StateFile.cpp - A slot in a file -----------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StateFile.h"

#include "braid/Formats/File.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>

namespace braid {

namespace {
constexpr char stateFileMagic[8] = {'B', 'R', 'A', 'I', 'D', 'S', 'L', 'T'};
constexpr uint32_t stateFileVersion = 1;

struct StateFileHeader {
  char magic[8];
  uint32_t version;
  uint32_t reserved; // 0
  uint64_t fileBytes;
  int64_t length; // tokens
  Sha256Digest artifact, weights;
  uint8_t unused[32]; // 0
};
static_assert(sizeof(StateFileHeader) == 128);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the header is read and written as it lies in memory, little endian"
#endif

constexpr uint64_t digestBytes = sizeof(Sha256Digest);

Status checkHeader(const StateFileHeader &header, uint64_t fileBytes, const std::string &file) {
  if (std::memcmp(header.magic, stateFileMagic, sizeof header.magic) != 0)
    return Status::badInput(cat(file, ": expected the state of a slot, found something else"));
  if (header.version != stateFileVersion)
    return Status::unsupported(cat(file, ": expected a state file of version ", stateFileVersion, ", found ", header.version));
  if (header.fileBytes != fileBytes)
    return Status::badInput(cat(file, ": expected ", header.fileBytes, " bytes by the header, found ", fileBytes));
  if (header.length < 0)
    return Status::badInput(cat(file, ": expected a length of at least 0 tokens, found ", header.length));
  return {};
}

Status checkSize(uint64_t bytes, const std::string &file) {
  if (bytes < sizeof(StateFileHeader) + digestBytes)
    return Status::badInput(cat(file, ": expected a state file of at least ", sizeof(StateFileHeader) + digestBytes,
                                " bytes, found ", bytes));
  return {};
}

/// Enough of a digest for a message.
std::string shortHex(const Sha256Digest &digest) { return toHex(digest).substr(0, 16); }
} // namespace

// Reading all weights would take as long as a prompt; a few lines of every tensor tell training runs and seeds apart.
StateIdentity identityOf(const Program &program) {
  constexpr uint64_t line = 64, lines = 8;
  Sha256 weights;
  for (size_t i = 0; i < program.manifest().weights.size(); ++i) {
    const Manifest::Weight &weight = program.manifest().weights[i];
    weights.update(weight.name.data(), weight.name.size() + 1); // its terminator keeps names apart
    weights.update(&weight.bytes, sizeof weight.bytes);
    const auto *data = static_cast<const char *>(program.weights().pointers()[i]);
    if (weight.bytes <= line * lines) {
      weights.update(data, weight.bytes);
      continue;
    }
    for (uint64_t l = 0; l < lines; ++l)
      weights.update(data + (weight.bytes - line) / (lines - 1) * l, line);
  }
  return {program.digest(), weights.finish()};
}

std::string stateFileHeader(const StateIdentity &identity, int64_t length, uint64_t snapshotBytes) {
  StateFileHeader header = {};
  std::memcpy(header.magic, stateFileMagic, sizeof header.magic);
  header.version = stateFileVersion;
  header.fileBytes = sizeof header + snapshotBytes + digestBytes;
  header.length = length;
  header.artifact = identity.artifact;
  header.weights = identity.weights;
  return {reinterpret_cast<const char *>(&header), sizeof header};
}

Result<std::string_view> parseStateFile(std::string_view contents, const StateIdentity &identity, const std::string &file) {
  BRAID_TRY(checkSize(contents.size(), file));
  StateFileHeader header;
  std::memcpy(&header, contents.data(), sizeof header);
  BRAID_TRY(checkHeader(header, contents.size(), file));
  uint64_t hashed = contents.size() - digestBytes;
  Sha256Digest digest = sha256(contents.data(), hashed), claimed;
  std::memcpy(claimed.data(), contents.data() + hashed, digestBytes);
  if (digest != claimed)
    return Status::badInput(
        cat(file, ": expected SHA-256 ", toHex(claimed), ", found ", toHex(digest), "; the file was altered"));
  if (header.artifact != identity.artifact)
    return Status::badInput(cat(file, ": expected a state of this artifact, ", shortHex(identity.artifact),
                                ", found one of another artifact, ", shortHex(header.artifact)));
  if (header.weights != identity.weights)
    return Status::badInput(cat(file, ": expected a state made with these weights, ", shortHex(identity.weights),
                                ", found one made with others, ", shortHex(header.weights)));
  return contents.substr(sizeof header, hashed - sizeof header);
}

Result<int64_t> savedLength(const std::string &path) {
  BRAID_TRY_ASSIGN(std::shared_ptr<const MappedFile> file, MappedFile::open(path));
  BRAID_TRY(checkSize(file->size(), path));
  StateFileHeader header;
  std::memcpy(&header, file->data(), sizeof header);
  BRAID_TRY(checkHeader(header, file->size(), path));
  return header.length;
}

Status saveSlot(const Session &session, int64_t slot, const std::string &path) {
  const SlotStore &store = session.slots();
  std::string header = stateFileHeader(identityOf(session.program()), store.length(slot), store.snapshotBytes(slot));
  BRAID_TRY_ASSIGN(AtomicFile file, AtomicFile::create(path));
  Sha256 hash;
  Status status;
  auto write = [&](const void *bytes, size_t count) {
    if (!status.ok())
      return;
    hash.update(bytes, count);
    status = file.write(bytes, count);
  };
  write(header.data(), header.size());
  store.forSnapshot(slot, write);
  BRAID_TRY(std::move(status));
  Sha256Digest digest = hash.finish();
  BRAID_TRY(file.write(digest.data(), digest.size()));
  return file.commit();
}

Status loadSlot(Session &session, int64_t slot, const std::string &path) {
  BRAID_TRY_ASSIGN(std::shared_ptr<const MappedFile> file, MappedFile::open(path));
  std::string_view contents(reinterpret_cast<const char *>(file->data()), file->size());
  BRAID_TRY_ASSIGN(std::string_view snapshot, parseStateFile(contents, identityOf(session.program()), path));
  Status status = session.restore(slot, snapshot.data(), snapshot.size());
  return status.ok() ? Status() : Status(status.code(), cat(path, ": ", status.message()));
}

} // namespace braid
