//===- AbiSupport.h - What the parts of the C interface share -- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Handles are thin structs around the classes; exceptions end here.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_ABISUPPORT_H
#define BRAID_RUNTIME_ABISUPPORT_H

#include "Device.h"
#include "Program.h"
#include "braid/Formats/Status.h"
#include "braid/Runtime/braid.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>

struct braid_status {
  braid::Status status;
};
struct braid_program {
  std::shared_ptr<const braid::Program> program;
};
struct braid_device {
  std::shared_ptr<braid::Device> device;
};

namespace braid {

/// For when there is no memory left to say so.
inline braid_status &outOfMemory() {
  static braid_status status{Status(StatusCode::OutOfMemory, "out of memory")};
  return status;
}

inline braid_status *toHandle(Status status) {
  if (status.ok())
    return nullptr;
  braid_status *handle = new (std::nothrow) braid_status{std::move(status)};
  return handle ? handle : &outOfMemory();
}

/// Runs `body`, which returns a Status, and lets no exception out.
template <typename F> braid_status *guard(F &&body) {
  try {
    return toHandle(body());
  } catch (const std::bad_alloc &) {
    return &outOfMemory();
  } catch (const std::exception &) {
    return toHandle(Status(StatusCode::Internal, "internal"));
  }
}

inline Status expectPointer(const void *pointer, const char *name) {
  return pointer ? Status() : Status::usage(cat("expected a pointer for '", name, "', found NULL"));
}

/// Copies a caller's struct, of this version or an older, shorter one.
template <typename T> Status readOptions(const T *given, const char *name, size_t shortest, T &options) {
  BRAID_TRY(expectPointer(given, name));
  if (given->size < shortest)
    return Status::usage(cat("expected a size of at least ", shortest, " in '", name, "', found ", given->size));
  options = {};
  std::memcpy(&options, given, std::min<uint64_t>(given->size, sizeof options));
  return {};
}

/// Fills a caller's struct, of this version or an older, shorter one.
template <typename T> Status writeInfo(T info, T *target) {
  BRAID_TRY(expectPointer(target, "info"));
  if (target->size < sizeof(uint64_t))
    return Status::usage(cat("expected the struct's size in 'info', found ", target->size));
  info.size = target->size;
  std::memcpy(target, &info, std::min<uint64_t>(target->size, sizeof info));
  return {};
}

/// Marks a session or a context as busy for the length of a call.
template <typename Object> class Claim {
public:
  explicit Claim(Object *object, const char *name) : object(object), name(name) {
    if (object && !object->busy.test_and_set(std::memory_order_acquire))
      held = true;
  }
  ~Claim() {
    if (held)
      object->busy.clear(std::memory_order_release);
  }
  Claim(const Claim &) = delete;
  Claim &operator=(const Claim &) = delete;

  Status status() const {
    BRAID_TRY(expectPointer(object, name));
    return held ? Status()
                : Status::usage(cat("expected a ", name, " that no other thread is using, found a busy one"));
  }
  Object *operator->() const { return object; }
  Object &operator*() const { return *object; }

private:
  Object *object;
  const char *name;
  bool held = false;
};

} // namespace braid

#endif // BRAID_RUNTIME_ABISUPPORT_H
