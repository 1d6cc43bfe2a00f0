//===- StateFile.h - A slot in a file ------------------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
//   [ header, 128 bytes ][ snapshot of the slot ][ SHA-256 of all before ]
//
// Little endian. The header names the artifact and the weights that the states
// came from; those of others mean nothing here.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_STATEFILE_H
#define BRAID_RUNTIME_STATEFILE_H

#include "Session.h"
#include "braid/Formats/Sha256.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace braid {

/// Which program a state belongs to.
struct StateIdentity {
  Sha256Digest artifact; // of its file
  Sha256Digest weights;  // of their names, sizes and a few lines of each
};

StateIdentity identityOf(const Program &program);

/// Checks a whole file's bytes and returns the snapshot in them.
Result<std::string_view> parseStateFile(std::string_view contents, const StateIdentity &identity, const std::string &file);

/// The length of the slot, by the header of a file that is otherwise unread.
Result<int64_t> savedLength(const std::string &path);

/// The bytes that come before a snapshot.
std::string stateFileHeader(const StateIdentity &identity, int64_t length, uint64_t snapshotBytes);

/// Writes a slot, by rename.
Status saveSlot(const Session &session, int64_t slot, const std::string &path);
/// Checks the whole file before the slot changes.
Status loadSlot(Session &session, int64_t slot, const std::string &path);

} // namespace braid

#endif // BRAID_RUNTIME_STATEFILE_H
