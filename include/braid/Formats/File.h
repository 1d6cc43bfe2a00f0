//===- File.h - Reading, mapping and replacing files ---------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_FORMATS_FILE_H
#define BRAID_FORMATS_FILE_H

#include "braid/Formats/Status.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace braid {

/// The whole of a regular file of at most `maxBytes`.
Result<std::string> readFile(const std::string &path, uint64_t maxBytes);

/// A regular file mapped for reading. Its size is fixed when it is opened; a
/// file that somebody else cuts short while it is mapped is not guarded against.
class MappedFile {
public:
  static Result<std::shared_ptr<const MappedFile>> open(const std::string &path);
  ~MappedFile();
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;

  const uint8_t *data() const { return base; }
  uint64_t size() const { return bytes; }
  const std::string &path() const { return name; }

private:
  MappedFile() = default;

  std::string name;
  const uint8_t *base = nullptr;
  uint64_t bytes = 0;
};

/// A file that appears under its name only when it is complete: the bytes go to
/// a temporary name in the same folder, and commit() renames it.
class AtomicFile {
public:
  static Result<AtomicFile> create(const std::string &path);
  AtomicFile(AtomicFile &&other) noexcept;
  AtomicFile &operator=(AtomicFile &&other) noexcept;
  ~AtomicFile();

  Status write(const void *data, size_t count);
  Status write(std::string_view text) { return write(text.data(), text.size()); }
  Status commit();

private:
  AtomicFile() = default;
  void discard();

  std::string target, temporary;
  int descriptor = -1;
};

/// Writes a file in one go, by rename.
Status writeFile(const std::string &path, std::string_view contents);

/// `text` says what was being done: "cannot open FILE: no such file or directory".
Status systemError(std::string_view text, const std::string &path, int error);

} // namespace braid

#endif // BRAID_FORMATS_FILE_H
