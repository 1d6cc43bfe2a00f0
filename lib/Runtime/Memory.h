//===- Memory.h - Memory from the operating system ------------ -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_MEMORY_H
#define BRAID_RUNTIME_MEMORY_H

#include "braid/Formats/Status.h"

#include <cstdint>

namespace braid {

/// Bytes that the machine (or the control group) could still give us; the
/// largest number if that cannot be found out.
uint64_t availableMemory();

/// Fails if `bytes` are more than availableMemory(); `what` says what for.
Status checkAvailable(uint64_t bytes, std::string_view what);

/// Zeroed memory, page-aligned, in huge pages where the system grants them: from
/// its beginning on, if it fills one. Pages that are never touched take no memory.
class HostBuffer {
public:
  static constexpr uint64_t hugePage = uint64_t{2} << 20;
  static Result<HostBuffer> allocate(uint64_t bytes, std::string_view what);

  HostBuffer() = default;
  HostBuffer(HostBuffer &&other) noexcept : base(other.base), count(other.count) {
    other.base = nullptr;
    other.count = 0;
  }
  HostBuffer &operator=(HostBuffer &&other) noexcept {
    std::swap(base, other.base);
    std::swap(count, other.count);
    return *this;
  }
  ~HostBuffer();

  char *data() const { return base; }
  uint64_t size() const { return count; }

private:
  char *base = nullptr;
  uint64_t count = 0;
};

/// Sums sizes and remembers an overflow.
class CheckedBytes {
public:
  explicit CheckedBytes(uint64_t start = 0) : total(start) {}
  CheckedBytes &add(uint64_t bytes) {
    failed |= __builtin_add_overflow(total, bytes, &total);
    return *this;
  }
  CheckedBytes &times(uint64_t factor) {
    failed |= __builtin_mul_overflow(total, factor, &total);
    return *this;
  }
  CheckedBytes &alignTo(uint64_t alignment) { return add((alignment - total % alignment) % alignment); }
  CheckedBytes &add(const CheckedBytes &other) {
    failed |= other.failed;
    return add(other.total);
  }
  /// The largest number after an overflow, so that any comparison with what is available fails.
  uint64_t value() const { return failed ? ~uint64_t{0} : total; }
  bool overflowed() const { return failed; }

private:
  uint64_t total;
  bool failed = false;
};

} // namespace braid

#endif // BRAID_RUNTIME_MEMORY_H
