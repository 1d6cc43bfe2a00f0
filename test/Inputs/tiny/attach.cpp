//===- attach.cpp - Joins the parts of an artifact ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Formats/Artifact.h"
#include "braid/Formats/File.h"

#include <cstdio>

using namespace braid;

static Status attach(const char *object, const char *manifest, const char *artifact, const char *images) {
  BRAID_TRY_ASSIGN(std::string code, readFile(object, artifactMaxBytes));
  BRAID_TRY_ASSIGN(std::string text, readFile(manifest, artifactMaxBytes));
  std::string gpuCode;
  if (images) {
    BRAID_TRY_ASSIGN(gpuCode, readFile(images, artifactMaxBytes));
  }
  return writeArtifact(artifact, code, text, gpuCode);
}

int main(int argc, char **argv) {
  if (argc != 4 && argc != 5) {
    std::fprintf(stderr, "error: expected OBJECT MANIFEST ARTIFACT [IMAGES]\n");
    return 2;
  }
  Status status = attach(argv[1], argv[2], argv[3], argc == 5 ? argv[4] : nullptr);
  if (!status.ok())
    std::fprintf(stderr, "error: %s\n", status.message().c_str());
  return status.ok() ? 0 : 3;
}
