//===- Artifact.cpp - Reading and writing artifacts -----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Formats/Artifact.h"

#include "braid/Formats/File.h"
#include "braid/Runtime/artifact.h"

#include <cstddef>
#include <cstring>

namespace braid {

static_assert(sizeof(braid_artifact_footer) == 64, "the footer is 64 bytes on every machine");
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the footer is read and written as it lies in memory, little endian"
#endif

constexpr size_t hashedFooterBytes = offsetof(braid_artifact_footer, sha256);

/// The images are what lies between object and manifest; the manifest must name all of it.
static Status checkImages(const Manifest &manifest, uint64_t found, const std::string &file) {
  if (uint64_t named = manifest.imageBytes(); named != found)
    return Status::badInput(cat(file, ": expected ", named, " bytes of images by the manifest, found ", found));
  return {};
}

Result<ArtifactParts> parseArtifact(std::string_view contents, const std::string &file) {
  return guardMemory([&]() -> Result<ArtifactParts> {
    braid_artifact_footer footer;
    if (contents.size() < sizeof footer)
      return Status::badInput(cat(file, ": expected an artifact with a footer of ", sizeof footer,
                                  " bytes, found a file of ", contents.size(), " bytes"));
    uint64_t body = contents.size() - sizeof footer;
    std::memcpy(&footer, contents.data() + body, sizeof footer);
    if (std::memcmp(footer.magic, BRAID_FOOTER_MAGIC, sizeof footer.magic) != 0)
      return Status::badInput(cat(file, ": expected the footer's magic ", inQuotes(BRAID_FOOTER_MAGIC), ", found ",
                                  inQuotes({footer.magic, sizeof footer.magic}), "; not an artifact, or cut short"));
    if (footer.version != BRAID_ARTIFACT_VERSION)
      return Status::unsupported(
          cat(file, ": expected artifact version ", BRAID_ARTIFACT_VERSION, ", found ", footer.version));
    if (footer.object_bytes > body || footer.manifest_bytes > body - footer.object_bytes || footer.reserved != 0)
      return Status::badInput(cat(file, ": expected object and manifest within ", body, " bytes, found ",
                                  footer.object_bytes, " and ", footer.manifest_bytes, " in the footer"));
    Sha256Digest digest = sha256(contents.data(), body + hashedFooterBytes), claimed;
    std::memcpy(claimed.data(), footer.sha256, claimed.size());
    if (digest != claimed)
      return Status::badInput(
          cat(file, ": expected SHA-256 ", toHex(claimed), ", found ", toHex(digest), "; the file was altered"));
    ArtifactParts parts;
    parts.digest = digest;
    parts.object = contents.substr(0, footer.object_bytes);
    parts.images = contents.substr(footer.object_bytes, body - footer.object_bytes - footer.manifest_bytes);
    parts.manifestText = contents.substr(body - footer.manifest_bytes, footer.manifest_bytes);
    BRAID_TRY_ASSIGN(parts.manifest, parseManifest(parts.manifestText, file + ": manifest"));
    BRAID_TRY(checkImages(parts.manifest, parts.images.size(), file));
    return parts;
  });
}

Result<std::string> buildArtifact(std::string_view object, std::string_view manifestText, const std::string &file,
                                  std::string_view images) {
  return guardMemory([&]() -> Result<std::string> {
    BRAID_TRY_ASSIGN(Manifest manifest, parseManifest(manifestText, file + ": manifest"));
    BRAID_TRY(checkImages(manifest, images.size(), file));
    braid_artifact_footer footer = {};
    std::memcpy(footer.magic, BRAID_FOOTER_MAGIC, sizeof footer.magic);
    footer.version = BRAID_ARTIFACT_VERSION;
    footer.object_bytes = object.size();
    footer.manifest_bytes = manifestText.size();
    std::string bytes = cat(object, images, manifestText);
    bytes.append(reinterpret_cast<const char *>(&footer), hashedFooterBytes);
    Sha256Digest digest = sha256(bytes.data(), bytes.size());
    bytes.append(reinterpret_cast<const char *>(digest.data()), digest.size());
    if (bytes.size() > artifactMaxBytes)
      return Status::unsupported(
          cat(file, ": expected an artifact of at most ", artifactMaxBytes, " bytes, found ", bytes.size()));
    return bytes;
  });
}

Status writeArtifact(const std::string &path, std::string_view object, std::string_view manifestText,
                     std::string_view images) {
  BRAID_TRY_ASSIGN(std::string bytes, buildArtifact(object, manifestText, path, images));
  return writeFile(path, bytes);
}

} // namespace braid
