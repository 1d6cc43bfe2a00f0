//===- artifact.cpp - Fuzzes the reader of artifacts ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A random change never gets past the hash, so half of the inputs get a hash
// that fits; then the sizes in the footer and the manifest are what is tried.
//
//===----------------------------------------------------------------------===//

#include "FuzzSupport.h"
#include "braid/Formats/Artifact.h"
#include "braid/Formats/Sha256.h"
#include "braid/Runtime/artifact.h"

#include <cstring>

using namespace braid;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string bytes(asText(data, size));
  if (size >= sizeof(braid_artifact_footer) && data[0] % 2 == 0) {
    Sha256Digest digest = sha256(bytes.data(), size - 32);
    std::memcpy(bytes.data() + size - 32, digest.data(), 32);
  }
  auto parts = parseArtifact(bytes, "fuzz");
  checkRefusal(parts.status());
  if (parts.ok() && parts->object.size() + parts->images.size() + parts->manifestText.size() + sizeof(braid_artifact_footer) != size)
    std::abort();
  return 0;
}
