//===- LoadedObject.h - An artifact's code in memory ---------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_LOADEDOBJECT_H
#define BRAID_RUNTIME_LOADEDOBJECT_H

#include "braid/Formats/Status.h"
#include "braid/Runtime/artifact.h"

#include <string_view>

namespace braid {

/// A shared object that was loaded from bytes in memory.
class LoadedObject {
public:
  /// Loads exactly `bytes`: they go to a sealed file without a name, so nobody
  /// can change them between their check and their use.
  static Result<LoadedObject> load(std::string_view bytes, const std::string &file);

  LoadedObject(LoadedObject &&other) noexcept
      : handle(std::exchange(other.handle, nullptr)), descriptor(std::exchange(other.descriptor, -1)),
        entryTable(std::exchange(other.entryTable, nullptr)) {}
  LoadedObject &operator=(LoadedObject &&other) noexcept {
    std::swap(handle, other.handle);
    std::swap(descriptor, other.descriptor);
    std::swap(entryTable, other.entryTable);
    return *this;
  }
  LoadedObject() = default;
  ~LoadedObject();

  const braid_artifact_table &table() const { return *entryTable; }

private:
  void *handle = nullptr;
  int descriptor = -1;
  const braid_artifact_table *entryTable = nullptr;
};

} // namespace braid

#endif // BRAID_RUNTIME_LOADEDOBJECT_H
