//===- NpyTest.cpp - Tests of NumPy arrays --------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"
#include "braid/Formats/Npy.h"

using namespace braid;
using namespace braid::test;

static std::string withHeader(std::string header, std::string_view data) {
  std::string out("\x93NUMPY\x01\0", 8);
  out += static_cast<char>(header.size() & 0xff);
  out += static_cast<char>(header.size() >> 8);
  return out + header + std::string(data);
}

TEST(Npy, WritesAndReads) {
  TemporaryFolder folder;
  const float values[6] = {1, 2, 3, 4, 5, 6};
  auto writer = NpyWriter::create(folder.path("a.npy"), DType::F32, {2, 3});
  ASSERT_TRUE(isOk(writer));
  ASSERT_TRUE(isOk(writer->append(values, 4)));
  EXPECT_TRUE(fails(writer->append(values, 3), StatusCode::Internal, {"at most 2"}));
  ASSERT_TRUE(isOk(writer->append(values + 4, 2)));
  ASSERT_TRUE(isOk(writer->finish()));
  auto array = readNpy(folder.path("a.npy"));
  ASSERT_TRUE(isOk(array));
  EXPECT_EQ(array->dtype, DType::F32);
  EXPECT_EQ(array->shape, (std::vector<int64_t>{2, 3}));
  ASSERT_EQ(array->elements(), 6u);
  EXPECT_EQ(array->at<float>(5), 6);
  EXPECT_EQ(folder.read("a.npy").size() % 64, 24u);
}

TEST(Npy, RanksZeroAndOne) {
  TemporaryFolder folder;
  for (const std::vector<int64_t> &shape : {std::vector<int64_t>{}, {1}}) {
    auto writer = NpyWriter::create(folder.path("a.npy"), DType::I32, shape);
    ASSERT_TRUE(isOk(writer));
    int32_t value = -7;
    ASSERT_TRUE(isOk(writer->append(&value, 1)));
    ASSERT_TRUE(isOk(writer->finish()));
    auto array = readNpy(folder.path("a.npy"));
    ASSERT_TRUE(isOk(array));
    EXPECT_EQ(array->shape, shape);
    EXPECT_EQ(array->at<int32_t>(0), -7);
  }
}

TEST(Npy, AnUnfinishedArrayLeavesNoFile) {
  TemporaryFolder folder;
  {
    auto writer = NpyWriter::create(folder.path("a.npy"), DType::F64, {2});
    ASSERT_TRUE(isOk(writer));
    EXPECT_TRUE(fails(writer->finish(), StatusCode::Internal, {"2 more"}));
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path("a.npy")));
}

TEST(Npy, ReadsWhatNumPyWrites) {
  std::string data("\x05\0\0\0\xff\xff\xff\xff", 8);
  auto array = parseNpy(withHeader("{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }   \n", data), "a.npy");
  ASSERT_TRUE(isOk(array));
  EXPECT_EQ(array->at<int32_t>(0), 5);
  EXPECT_EQ(array->at<int32_t>(1), -1);
}

TEST(Npy, MalformedFilesAreErrors) {
  std::string data(8, '\0'), good = "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }\n";
  auto refuse = [](const std::string &contents, const std::string &fragment) {
    return fails(parseNpy(contents, "a.npy"), StatusCode::BadInput, {"a.npy: expected", fragment});
  };
  EXPECT_TRUE(refuse("", "NumPy"));
  EXPECT_TRUE(refuse(std::string(64, 'x'), "NumPy"));
  EXPECT_TRUE(refuse(withHeader(good, "1234567"), "8 bytes"));
  EXPECT_TRUE(refuse(withHeader(good, "123456789"), "found 9"));
  EXPECT_TRUE(refuse(withHeader(good, data).substr(0, 40), "header of"));
  EXPECT_TRUE(refuse(withHeader("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", data), "<i8"));
  EXPECT_TRUE(refuse(withHeader("{'descr': '>i4', 'fortran_order': False, 'shape': (2,), }", data), ">i4"));
  EXPECT_TRUE(refuse(withHeader("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", data), "|O"));
  EXPECT_TRUE(refuse(withHeader("{'descr': '<i4', 'fortran_order': True, 'shape': (2, 1), }", data), "C order"));
  EXPECT_TRUE(refuse(withHeader("{'descr': '<i4', 'shape': (2,), }", data), "fortran_order"));
  EXPECT_TRUE(refuse(withHeader("{'descr': '<i4', 'descr': '<i4', 'fortran_order': False, 'shape': (2,)}", data), "header"));
  EXPECT_TRUE(refuse(withHeader("{'descr': '<i4', 'fortran_order': False, 'shape': (-2,), }", data), "header"));
  EXPECT_TRUE(refuse(withHeader("{'descr': '<i4', 'fortran_order': False, 'shape': (99999999999999999999,)}", data), "header"));
  EXPECT_TRUE(refuse(withHeader("{'descr': '<i4', 'fortran_order': False, 'shape': (4294967296, 4294967296, 4)}", data), "2^64"));
  EXPECT_TRUE(refuse(withHeader(good + "x", data), "header"));
  std::string future = withHeader(good, data);
  future[6] = 9;
  EXPECT_TRUE(refuse(future, "version"));
}
