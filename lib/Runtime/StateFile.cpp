//===- StateFile.cpp - A slot in a file -----------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StateFile.h"

#include "braid/Formats/File.h"

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

} // namespace braid
