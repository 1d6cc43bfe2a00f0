//===- attach.cpp - Joins a shared object and a manifest ------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Formats/Artifact.h"
#include "braid/Formats/File.h"

#include <cstdio>

using namespace braid;

static Status attach(const char *object, const char *manifest, const char *artifact) {
  BRAID_TRY_ASSIGN(std::string code, readFile(object, artifactMaxBytes));
  BRAID_TRY_ASSIGN(std::string text, readFile(manifest, artifactMaxBytes));
  return writeArtifact(artifact, code, text);
}

int main(int argc, char **argv) {
  if (argc != 4) {
    std::fprintf(stderr, "error: expected OBJECT MANIFEST ARTIFACT\n");
    return 2;
  }
  Status status = attach(argv[1], argv[2], argv[3]);
  if (!status.ok())
    std::fprintf(stderr, "error: %s\n", status.message().c_str());
  return status.ok() ? 0 : 3;
}
