//===- Weights.h - A program's weights in memory -------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_WEIGHTS_H
#define BRAID_RUNTIME_WEIGHTS_H

#include "Memory.h"
#include "ThreadPool.h"
#include "braid/Formats/Manifest.h"
#include "braid/Formats/Safetensors.h"

#include <functional>
#include <string>
#include <vector>

namespace braid {

using LogFunction = std::function<void(const std::string &)>;

/// One pointer per weight of the manifest, each to contiguous elements of the
/// manifest's dtype at a multiple of the element's size.
class Weights {
public:
  /// Uses a file's bytes where they are if the dtype agrees and they are aligned; the rest is converted once.
  static Result<Weights> fromFiles(const Manifest &manifest, const std::string &path, ThreadPool &pool,
                                   const LogFunction &log);
  static Result<Weights> fromSeed(const Manifest &manifest, uint64_t seed, ThreadPool &pool);

  const std::vector<const void *> &pointers() const { return addresses; }

private:
  std::vector<const void *> addresses;
  std::vector<std::shared_ptr<const MappedFile>> files; // those that addresses point into
  HostBuffer owned;
};

} // namespace braid

#endif // BRAID_RUNTIME_WEIGHTS_H
