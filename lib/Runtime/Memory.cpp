//===- Memory.cpp - Memory from the operating system ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Memory.h"

#include "braid/Formats/File.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/mman.h>

namespace braid {

/// The number in a file that holds one, or after `key` in a file of lines; `fallback` if there is none.
static uint64_t numberIn(const char *path, const char *key, uint64_t fallback) {
  std::FILE *file = std::fopen(path, "re");
  if (!file)
    return fallback;
  char line[256];
  unsigned long long number = 0;
  bool found = false;
  while (!found && std::fgets(line, sizeof line, file))
    found = std::strncmp(line, key, std::strlen(key)) == 0 && std::sscanf(line + std::strlen(key), "%llu", &number) == 1;
  std::fclose(file);
  return found ? number : fallback;
}

uint64_t availableMemory() {
  constexpr uint64_t unknown = ~uint64_t{0};
  uint64_t kilobytes = numberIn("/proc/meminfo", "MemAvailable:", unknown >> 10);
  return std::min<uint64_t>(kilobytes << 10, numberIn("/sys/fs/cgroup/memory.max", "", unknown));
}

Status checkAvailable(uint64_t bytes, std::string_view what) {
  uint64_t available = availableMemory();
  if (bytes <= available)
    return {};
  return Status::outOfMemory(cat("out of memory: expected at most ", available, " available bytes, found ", what,
                                 bytes == ~uint64_t{0} ? " of 2^64 bytes or more" : cat(" of ", bytes, " bytes")));
}

/// Memory from a huge page's beginning on, if it fills one: else it would begin in small pages, more or fewer of them by
/// where the system happens to put it. MAP_FAILED if there is none.
static void *mapAligned(uint64_t bytes) {
  constexpr uint64_t hugePage = HostBuffer::hugePage, page = 4096;
  auto map = [](uint64_t size) {
    return ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  };
  void *base = bytes < hugePage ? MAP_FAILED : map(bytes + hugePage);
  if (base == MAP_FAILED)
    return map(bytes);
  char *begin = static_cast<char *>(base);
  uint64_t before = (hugePage - reinterpret_cast<uintptr_t>(begin) % hugePage) % hugePage, used = before + bytes;
  used += (page - used % page) % page;
  if (before > 0)
    ::munmap(begin, before);
  if (used < bytes + hugePage)
    ::munmap(begin + used, bytes + hugePage - used);
  return begin + before;
}

Result<HostBuffer> HostBuffer::allocate(uint64_t bytes, std::string_view what) {
  HostBuffer buffer;
  if (bytes == 0)
    return buffer;
  void *base = bytes > uint64_t{1} << 62 ? MAP_FAILED : mapAligned(bytes);
  if (base == MAP_FAILED)
    return Status::outOfMemory(cat("out of memory: expected ", bytes, " bytes for ", what, ", found fewer"));
  buffer.base = static_cast<char *>(base);
  buffer.count = bytes;
  ::madvise(base, bytes, MADV_HUGEPAGE); // only advice: a refusal costs speed alone
  return buffer;
}

HostBuffer::~HostBuffer() {
  if (base)
    ::munmap(base, count);
}

} // namespace braid
