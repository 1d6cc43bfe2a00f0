//===- GuardedArray.h - Memory that ends where an array does -------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_LIB_KERNELRUNNER_GUARDEDARRAY_H
#define BRAID_TEST_LIB_KERNELRUNNER_GUARDEDARRAY_H

#include <cstddef>
#include <new>
#include <sys/mman.h>

namespace braid::test {

/// `count` elements, after which the next byte belongs to a page that cannot be touched: reading or writing behind the
/// array ends the test. Starts at a multiple of the element's size only.
template <typename T> class GuardedArray {
public:
  explicit GuardedArray(size_t count) : count(count) {
    constexpr size_t page = 4096;
    size_t bytes = (count * sizeof(T) + page - 1) / page * page;
    mapped = bytes + page;
    void *memory = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
      throw std::bad_alloc();
    base = static_cast<char *>(memory);
    mprotect(base + bytes, page, PROT_NONE);
    first = reinterpret_cast<T *>(base + bytes - count * sizeof(T));
  }
  ~GuardedArray() { munmap(base, mapped); }
  GuardedArray(const GuardedArray &) = delete;
  GuardedArray &operator=(const GuardedArray &) = delete;

  T *data() { return first; }
  const T *data() const { return first; }
  size_t size() const { return count; }
  T &operator[](size_t i) { return first[i]; }
  const T &operator[](size_t i) const { return first[i]; }
  T *begin() { return first; }
  T *end() { return first + count; }

private:
  size_t count, mapped = 0;
  char *base = nullptr;
  T *first = nullptr;
};

} // namespace braid::test

#endif // BRAID_TEST_LIB_KERNELRUNNER_GUARDEDARRAY_H
