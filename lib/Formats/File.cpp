//===- File.cpp - Reading, mapping and replacing files --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Formats/File.h"

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace braid {

Status systemError(std::string_view text, const std::string &path, int error) {
  std::string message = cat(text, " ", pathInQuotes(path), ": ", std::strerror(error));
  return error == ENOMEM ? Status::outOfMemory(std::move(message)) : Status::io(std::move(message));
}

namespace {
/// A descriptor that is closed at the end of its scope.
struct Descriptor {
  int value = -1;
  ~Descriptor() {
    if (value >= 0)
      ::close(value);
  }
};

Status openRegular(const std::string &path, Descriptor &file, uint64_t &bytes) {
  // Non-blocking, so that a pipe without a writer cannot hang us before it is refused.
  file.value = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file.value < 0)
    return systemError("cannot open", path, errno);
  struct stat info;
  if (::fstat(file.value, &info) != 0)
    return systemError("cannot examine", path, errno);
  if (!S_ISREG(info.st_mode))
    return Status::io(
        cat(pathInQuotes(path), ": expected a regular file, found ", S_ISDIR(info.st_mode) ? "a folder" : "something else"));
  bytes = static_cast<uint64_t>(info.st_size);
  return {};
}
} // namespace

Result<std::string> readFile(const std::string &path, uint64_t maxBytes) {
  return guardMemory([&]() -> Result<std::string> {
    Descriptor file;
    uint64_t bytes = 0;
    BRAID_TRY(openRegular(path, file, bytes));
    if (bytes > maxBytes)
      return Status::badInput(cat(pathInQuotes(path), ": expected at most ", maxBytes, " bytes, found ", bytes));
    std::string contents(bytes, '\0');
    uint64_t got = 0;
    while (got < bytes) {
      ssize_t count = ::read(file.value, contents.data() + got, bytes - got);
      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0)
        return systemError("cannot read", path, errno);
      if (count == 0)
        return Status::io(cat(pathInQuotes(path), ": expected ", bytes, " bytes, found its end after ", got));
      got += static_cast<uint64_t>(count);
    }
    return contents;
  });
}

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::string &path) {
  return guardMemory([&]() -> Result<std::shared_ptr<const MappedFile>> {
    Descriptor file;
    std::shared_ptr<MappedFile> mapped(new MappedFile);
    mapped->name = path;
    BRAID_TRY(openRegular(path, file, mapped->bytes));
    if (mapped->bytes != 0) {
      void *base = ::mmap(nullptr, mapped->bytes, PROT_READ, MAP_PRIVATE, file.value, 0);
      if (base == MAP_FAILED)
        return systemError("cannot map", path, errno);
      mapped->base = static_cast<const uint8_t *>(base);
    }
    return std::shared_ptr<const MappedFile>(std::move(mapped));
  });
}

MappedFile::~MappedFile() {
  if (base)
    ::munmap(const_cast<uint8_t *>(base), bytes);
}

/// Follows a link at `path` and refuses what a rename would wrongly replace.
static Result<std::string> resolveTarget(const std::string &path) {
  struct stat info;
  if (::lstat(path.c_str(), &info) != 0)
    return path;
  std::string target = path;
  if (S_ISLNK(info.st_mode)) {
    char resolved[PATH_MAX];
    if (!::realpath(path.c_str(), resolved) || ::stat(resolved, &info) != 0)
      return systemError("cannot resolve the link", path, errno);
    target = resolved;
  }
  if (!S_ISREG(info.st_mode))
    return Status::io(cat(pathInQuotes(path), ": expected a regular file to replace, found ",
                          S_ISDIR(info.st_mode) ? "a folder" : "something else"));
  return target;
}

Result<AtomicFile> AtomicFile::create(const std::string &path) {
  return guardMemory([&]() -> Result<AtomicFile> {
    static std::atomic<unsigned> counter{0};
    AtomicFile file;
    BRAID_TRY_ASSIGN(file.target, resolveTarget(path));
    for (int attempt = 0; attempt < 100; ++attempt) {
      file.temporary = cat(file.target, ".", static_cast<long>(::getpid()), ".", counter++, ".partial");
      file.descriptor = ::open(file.temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (file.descriptor >= 0)
        return file;
      if (errno != EEXIST)
        break;
    }
    int error = errno;
    file.temporary.clear();
    return systemError("cannot create", path, error);
  });
}

AtomicFile::AtomicFile(AtomicFile &&other) noexcept { *this = std::move(other); }

AtomicFile &AtomicFile::operator=(AtomicFile &&other) noexcept {
  std::swap(target, other.target);
  std::swap(temporary, other.temporary);
  std::swap(descriptor, other.descriptor);
  return *this;
}

AtomicFile::~AtomicFile() { discard(); }

void AtomicFile::discard() {
  if (descriptor >= 0)
    ::close(descriptor);
  if (!temporary.empty())
    ::unlink(temporary.c_str());
  descriptor = -1;
  temporary.clear();
}

Status AtomicFile::write(const void *data, size_t count) {
  const char *next = static_cast<const char *>(data);
  while (count != 0) {
    ssize_t written = ::write(descriptor, next, count);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return systemError("cannot write", target, errno);
    next += written;
    count -= static_cast<size_t>(written);
  }
  return {};
}

Status AtomicFile::commit() {
  int closing = std::exchange(descriptor, -1);
  if (::close(closing) != 0)
    return systemError("cannot write", target, errno);
  if (::rename(temporary.c_str(), target.c_str()) != 0)
    return systemError("cannot replace", target, errno);
  temporary.clear();
  return {};
}

Status writeFile(const std::string &path, std::string_view contents) {
  BRAID_TRY_ASSIGN(AtomicFile file, AtomicFile::create(path));
  BRAID_TRY(file.write(contents));
  return file.commit();
}

} // namespace braid
