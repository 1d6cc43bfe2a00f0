//===- SavedSlot.cpp - Slots of a session to files and back ---------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Session.h"
#include "StateFile.h"
#include "braid/Formats/File.h"

#include <memory>

namespace braid {

// Reading all weights would take as long as a prompt; a few lines of every tensor tell training runs and seeds apart.
static StateIdentity identityOf(const Program &program) {
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

Status Session::save(int64_t slot, const std::string &path) const {
  std::string header = stateFileHeader(identityOf(*owner), store.length(slot), store.snapshotBytes(slot));
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

Status Session::load(int64_t slot, const std::string &path) {
  BRAID_TRY_ASSIGN(std::shared_ptr<const MappedFile> file, MappedFile::open(path));
  std::string_view contents(reinterpret_cast<const char *>(file->data()), file->size());
  BRAID_TRY_ASSIGN(std::string_view snapshot, parseStateFile(contents, identityOf(*owner), path));
  Status status = restore(slot, snapshot.data(), snapshot.size());
  return status.ok() ? Status() : Status(status.code(), cat(path, ": ", status.message()));
}

} // namespace braid
