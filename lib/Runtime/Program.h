//===- Program.h - An artifact with its weights --------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_PROGRAM_H
#define BRAID_RUNTIME_PROGRAM_H

#include "LoadedObject.h"
#include "Weights.h"
#include "braid/Formats/Manifest.h"
#include "braid/Formats/Sha256.h"

#include <memory>
#include <string>

namespace braid {

/// Immutable after loading; shared by sessions and threads.
class Program {
public:
  struct Options {
    std::string weights; // a folder or a file; empty: draw them from `seed`
    uint64_t seed = 0;
    int threads = 0;
    LogFunction log;
  };

  static Result<std::shared_ptr<const Program>> load(const std::string &path, const Options &options);

  const Manifest &manifest() const { return description; }
  const std::string &manifestText() const { return text; }
  const Weights &weights() const { return parameters; }
  braid_entry_fn entry(size_t index) const { return object.table().entries[index]; }
  /// Of its GPU kernels.
  const std::string &images() const { return kernelImages; }
  /// The name for messages.
  const std::string &path() const { return file; }
  bool isForGpu() const { return description.target.kind == "cuda"; }
  /// Of the artifact's file.
  const Sha256Digest &digest() const { return fileDigest; }
  /// The same for programs whose states have the same kinds, types and shapes.
  uint64_t stateLayout() const { return layout; }

private:
  Manifest description;
  std::string text, file, kernelImages;
  LoadedObject object;
  Weights parameters;
  uint64_t layout = 0;
  Sha256Digest fileDigest = {};
};

} // namespace braid

#endif // BRAID_RUNTIME_PROGRAM_H
