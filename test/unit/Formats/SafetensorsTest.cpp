//===- SafetensorsTest.cpp - Tests of safetensors -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"
#include "braid/Formats/Safetensors.h"

using namespace braid;
using namespace braid::test;

static std::string file(std::string_view header, size_t dataBytes) {
  std::string out;
  for (int i = 0; i < 8; ++i)
    out += static_cast<char>(header.size() >> (8 * i));
  return out + std::string(header) + std::string(dataBytes, '\0');
}

static Result<std::vector<TensorInfo>> parse(const std::string &contents) {
  return parseSafetensorsHeader(reinterpret_cast<const uint8_t *>(contents.data()), contents.size(), contents.size(),
                                "m.safetensors");
}

TEST(Safetensors, ReadsAHeader) {
  auto tensors = parse(file(R"({"__metadata__":{"format":"pt"},
    "b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},
    "a":{"dtype":"BF16","shape":[2,1],"data_offsets":[0,4]},
    "e":{"dtype":"U16","shape":[0,3],"data_offsets":[12,12]}})", 12));
  ASSERT_TRUE(isOk(tensors));
  ASSERT_EQ(tensors->size(), 3u);
  EXPECT_EQ((*tensors)[0].name, "a");
  EXPECT_EQ((*tensors)[0].dtype, DType::BF16);
  EXPECT_EQ((*tensors)[0].shape, (std::vector<int64_t>{2, 1}));
  EXPECT_EQ((*tensors)[1].bytes(), 8u);
  EXPECT_FALSE((*tensors)[2].dtype);
  EXPECT_EQ((*tensors)[2].dtypeName, "U16");
  EXPECT_EQ((*tensors)[2].elements(), 0u);
}

TEST(Safetensors, MalformedHeadersAreErrors) {
  struct Case {
    std::string contents, fragment;
  };
  const Case cases[] = {
      {"", "at least 8 bytes"},
      {"1234567", "at least 8 bytes"},
      {file("{}", 0).substr(0, 9), "header of 2 bytes"},
      {std::string(8, '\xff'), "at most 100000000"},
      {file("[]", 0), "an object"},
      {file("{", 0), "JSON"},
      {file("{}", 4), "expected a file of"},
      {file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 8), "expected a file of"},
      {file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 3), "expected a file of"},
      {file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8), "begin at offset 0, found 4"},
      {file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})", 6),
       "tensor 'b': expected its bytes to begin at offset 4, found 2"},
      {file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4),
       "tensor 'b'"},
      {file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8),
       "'a': expected once"},
      {file(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4), "expected 8 bytes for F32 of shape [2], found 4"},
      {file(R"({"a":{"dtype":"F12","shape":[2],"data_offsets":[0,4]}})", 4), "a dtype of safetensors, found the string 'F12'"},
      {file(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4), "a.shape[0]"},
      {file(R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", 4), "an integer"},
      {file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4), "begin <= end"},
      {file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}})", 4), "begin <= end"},
      {file(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,0]}})", 0), "2^64"},
      {file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551615]}})", 4), "data_offsets[1]"},
      {file(R"({"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}})", 4), "expected a file of"},
      {file(R"({"a":{"shape":[1],"data_offsets":[0,4]}})", 4), "expected key 'dtype'"},
      {file(R"({"a":3})", 4), "an object with key 'dtype', found 3"},
      {file(R"({"__metadata__":3})", 0), "an object, found 3"},
  };
  for (const Case &c : cases)
    EXPECT_TRUE(fails(parse(c.contents), StatusCode::BadInput, {"m.safetensors", c.fragment})) << c.fragment;
}

TEST(Safetensors, WritesAndReadsAFolder) {
  TemporaryFolder folder;
  const float wide[3] = {1, 2, 3};
  const uint16_t narrow[5] = {1, 2, 3, 4, 5};
  ASSERT_TRUE(isOk(writeSafetensors(folder.path("model.safetensors"),
                                    {{"n", DType::BF16, {5}, narrow}, {"w", DType::F32, {3, 1}, wide}}, {{"format", "pt"}})));
  auto read = Safetensors::open(folder.path());
  ASSERT_TRUE(isOk(read));
  ASSERT_EQ(read->tensors().size(), 2u);
  const TensorView *view = read->find("w");
  ASSERT_TRUE(view);
  EXPECT_EQ(std::memcmp(view->data, wide, sizeof wide), 0);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(view->data) % 64, 0u);
  view = read->find("n");
  ASSERT_TRUE(view);
  EXPECT_EQ(std::memcmp(view->data, narrow, sizeof narrow), 0);
  EXPECT_FALSE(read->find("x"));
  EXPECT_TRUE(isOk(Safetensors::open(folder.path("model.safetensors"))));
}

namespace {
class ShardedFolder : public ::testing::Test {
protected:
  void SetUp() override {
    const float values[2] = {1, 2};
    std::filesystem::create_directory(folder.path("m"));
    ASSERT_TRUE(isOk(writeSafetensors(folder.path("m/one.safetensors"), {{"a", DType::F32, {2}, values}})));
    ASSERT_TRUE(isOk(writeSafetensors(folder.path("m/two.safetensors"), {{"b", DType::F32, {2}, values}})));
    ASSERT_TRUE(isOk(writeSafetensors(folder.path("outside.safetensors"), {{"c", DType::F32, {2}, values}})));
  }
  Result<Safetensors> openWith(const std::string &map) {
    folder.write("m/model.safetensors.index.json", "{\"metadata\": {}, \"weight_map\": {" + map + "}}");
    return Safetensors::open(folder.path("m"));
  }
  TemporaryFolder folder;
};
} // namespace

TEST_F(ShardedFolder, IsReadThroughItsIndex) {
  auto read = openWith(R"("a": "one.safetensors", "b": "two.safetensors")");
  ASSERT_TRUE(isOk(read));
  EXPECT_TRUE(read->find("a") && read->find("b"));
}

TEST_F(ShardedFolder, NamesMayNotLeaveTheFolder) {
  for (const char *name : {"/etc/passwd", "../outside.safetensors", "x/../../outside.safetensors", "..", "", "a\\u0000b"})
    EXPECT_TRUE(fails(openWith("\"a\": \"" + std::string(name) + "\""), StatusCode::BadInput,
                      {"index.json", "weight_map.a", "below the index's folder"}))
        << name;
  std::filesystem::create_symlink("../outside.safetensors", folder.path("m/link.safetensors"));
  EXPECT_TRUE(fails(openWith(R"("c": "link.safetensors")"), StatusCode::BadInput, {"link.safetensors", "which leads to"}));
  std::filesystem::create_symlink("one.safetensors", folder.path("m/inner.safetensors"));
  EXPECT_TRUE(isOk(openWith(R"("a": "inner.safetensors")")));
}

TEST_F(ShardedFolder, MustHoldWhatTheIndexSays) {
  EXPECT_TRUE(fails(openWith(R"("a": "two.safetensors")"), StatusCode::BadInput, {"'a'", "in no file"}));
  EXPECT_TRUE(fails(openWith(R"("a": "two.safetensors", "b": "one.safetensors")"), StatusCode::BadInput, {"'a'", "in 'two.safetensors'"}));
  EXPECT_TRUE(fails(openWith(R"("a": "three.safetensors")"), StatusCode::IO, {"three.safetensors"}));
  EXPECT_TRUE(fails(openWith(R"("a": 3)"), StatusCode::BadInput, {"a string, found 3"}));
  std::filesystem::copy(folder.path("m/one.safetensors"), folder.path("m/again.safetensors"));
  EXPECT_TRUE(fails(openWith(R"("a": "one.safetensors", "z": "again.safetensors")"), StatusCode::BadInput,
                    {"tensor 'a'", "expected once"}));
}

TEST(Safetensors, AFolderWithoutWeightsIsAnError) {
  TemporaryFolder folder;
  EXPECT_TRUE(fails(Safetensors::open(folder.path()), StatusCode::IO, {folder.path(), "found neither"}));
  EXPECT_TRUE(fails(Safetensors::open(folder.path("none")), StatusCode::IO, {"none"}));
}
