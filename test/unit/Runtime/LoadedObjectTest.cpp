//===- LoadedObjectTest.cpp - Tests of code loaded from memory ------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoadedObject.h"
#include "TestSupport.h"
#include "braid/Formats/Artifact.h"
#include "braid/Formats/File.h"

using namespace braid;
using namespace braid::test;

TEST(LoadedObject, LoadsFromBytes) {
  auto contents = readFile(BRAID_TINY_ARTIFACT, artifactMaxBytes);
  ASSERT_TRUE(isOk(contents));
  auto parts = parseArtifact(*contents, "tiny");
  ASSERT_TRUE(isOk(parts));
  auto object = LoadedObject::load(parts->object, "tiny");
  ASSERT_TRUE(isOk(object));
  EXPECT_EQ(object->table().version, BRAID_ARTIFACT_VERSION);
  EXPECT_EQ(object->table().entry_count, 4u);
  LoadedObject moved = std::move(*object);
  EXPECT_EQ(moved.table().entry_count, 4u);
}

TEST(LoadedObject, AnObjectWithoutTheSymbolIsRefused) {
  // The C library is a shared object like any other.
  std::ifstream maps("/proc/self/maps");
  std::string line, path;
  while (std::getline(maps, line))
    if (line.find("libm.so") != std::string::npos)
      path = line.substr(line.find('/'));
  ASSERT_FALSE(path.empty());
  auto contents = readFile(path, artifactMaxBytes);
  ASSERT_TRUE(isOk(contents));
  EXPECT_TRUE(fails(LoadedObject::load(*contents, "m.so"), StatusCode::BadInput, {"m.so", "'braid_artifact'"}));
}
