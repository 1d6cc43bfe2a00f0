//===- Artifact.h - Reading and writing artifacts ------------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The file that braid/Runtime/artifact.h describes. The hash finds damage; it is
// no signature: whoever wrote the file chose the code in it.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_FORMATS_ARTIFACT_H
#define BRAID_FORMATS_ARTIFACT_H

#include "braid/Formats/Manifest.h"
#include "braid/Formats/Sha256.h"
#include "braid/Formats/Status.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace braid {

constexpr uint64_t artifactMaxBytes = uint64_t{1} << 31;

/// An artifact's parts; the views point into the bytes that were parsed.
struct ArtifactParts {
  std::string_view object; // empty in an artifact of GPU kernels alone
  std::string_view images; // machine code for GPUs, one after the other
  std::string_view manifestText;
  Manifest manifest;
  Sha256Digest digest; // of the file
};

/// Checks footer, hash and manifest of a whole file's bytes.
Result<ArtifactParts> parseArtifact(std::string_view contents, const std::string &file);

/// Joins a shared object, a manifest, which must be valid, and the images that
/// its GPU kernels name, which must be all, into an artifact's bytes.
Result<std::string> buildArtifact(std::string_view object, std::string_view manifestText, const std::string &file,
                                  std::string_view images = {});

/// Writes an artifact, by rename.
Status writeArtifact(const std::string &path, std::string_view object, std::string_view manifestText,
                     std::string_view images = {});

} // namespace braid

#endif // BRAID_FORMATS_ARTIFACT_H
