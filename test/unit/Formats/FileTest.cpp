//===- FileTest.cpp - Tests of files --------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"
#include "braid/Formats/File.h"

#include <sys/stat.h>

using namespace braid;
using namespace braid::test;

TEST(File, ReadsWithinABound) {
  TemporaryFolder folder;
  std::string path = folder.write("a", "hello");
  Result<std::string> text = readFile(path, 5);
  ASSERT_TRUE(isOk(text));
  EXPECT_EQ(*text, "hello");
  EXPECT_TRUE(fails(readFile(path, 4), StatusCode::BadInput, {path, "at most 4", "found 5"}));
  EXPECT_TRUE(fails(readFile(folder.path("none"), 4), StatusCode::IO, {folder.path("none")}));
  EXPECT_TRUE(fails(readFile(folder.path(), 4), StatusCode::IO, {"a folder"}));
}

TEST(File, ErrorsShowAPathWhole) {
  std::string path = std::string(200, 'x') + "/line\n/none";
  EXPECT_TRUE(fails(readFile(path, 4), StatusCode::IO, {std::string(200, 'x') + "/line\\x0a/none'"}));
}

TEST(File, RefusesAPipeWithoutWaiting) {
  TemporaryFolder folder;
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  EXPECT_TRUE(fails(readFile(folder.path("pipe"), 4), StatusCode::IO, {"regular file"}));
}

TEST(File, MapsAndKeepsEmptyFiles) {
  TemporaryFolder folder;
  auto mapped = MappedFile::open(folder.write("a", "abc"));
  ASSERT_TRUE(isOk(mapped));
  EXPECT_EQ((*mapped)->size(), 3u);
  EXPECT_EQ((*mapped)->data()[2], 'c');
  auto empty = MappedFile::open(folder.write("b", ""));
  ASSERT_TRUE(isOk(empty));
  EXPECT_EQ((*empty)->size(), 0u);
}

TEST(AtomicFile, AppearsOnlyWhenComplete) {
  TemporaryFolder folder;
  folder.write("out", "old");
  {
    auto file = AtomicFile::create(folder.path("out"));
    ASSERT_TRUE(isOk(file));
    ASSERT_TRUE(isOk(file->write("new")));
    EXPECT_EQ(folder.read("out"), "old");
    ASSERT_TRUE(isOk(file->commit()));
  }
  EXPECT_EQ(folder.read("out"), "new");
  {
    auto dropped = AtomicFile::create(folder.path("out"));
    ASSERT_TRUE(isOk(dropped));
    ASSERT_TRUE(isOk(dropped->write("never")));
  }
  EXPECT_EQ(folder.read("out"), "new");
  auto files = std::filesystem::directory_iterator(folder.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST(AtomicFile, ReplacesWhatALinkPointsTo) {
  TemporaryFolder folder;
  folder.write("real", "old");
  std::filesystem::create_symlink("real", folder.path("link"));
  ASSERT_TRUE(isOk(writeFile(folder.path("link"), "new")));
  EXPECT_EQ(folder.read("real"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder.path("link")));
}

TEST(AtomicFile, NeverReplacesADeviceOrAFolder) {
  TemporaryFolder folder;
  EXPECT_TRUE(fails(writeFile("/dev/null", "x"), StatusCode::IO, {"/dev/null", "regular file"}));
  EXPECT_TRUE(fails(writeFile(folder.path(), "x"), StatusCode::IO, {"a folder"}));
  EXPECT_TRUE(fails(writeFile(folder.path("no/such"), "x"), StatusCode::IO, {"no/such"}));
}
