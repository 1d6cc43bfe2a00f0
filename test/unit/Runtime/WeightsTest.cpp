//===- WeightsTest.cpp - Tests of the weights in memory -------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Weights.h"
#include "Tiny.h"

#include "braid/Runtime/artifact.h"

using namespace braid;
using namespace braid::test;

namespace {
class WeightsTest : public ::testing::Test {
protected:
  void SetUp() override {
    Manifest::Weight weight;
    weight.name = "w";
    weight.dtype = DType::BF16;
    weight.shape = {3, 5};
    weight.elements = 15;
    weight.bytes = 30;
    manifest.weights = {weight};
    auto created = ThreadPool::create(2, 0);
    ASSERT_TRUE(isOk(created));
    pool = std::move(*created);
    for (int i = 0; i < 15; ++i)
      values.push_back(static_cast<float>(i) * 0.5f - 3);
  }
  Result<Weights> load() {
    return Weights::fromFiles(manifest, folder.path(), *pool, [this](const std::string &line) { log.push_back(line); });
  }
  void write(DType dtype, std::vector<int64_t> shape, const char *name = "w") {
    std::vector<char> bytes(values.size() * sizeOf(dtype));
    convertElements(DType::F32, values.data(), dtype, bytes.data(), values.size());
    ASSERT_TRUE(isOk(writeSafetensors(folder.path("model.safetensors"), {{name, dtype, std::move(shape), bytes.data()}})));
  }
  TemporaryFolder folder;
  Manifest manifest;
  std::unique_ptr<ThreadPool> pool;
  std::vector<float> values;
  std::vector<std::string> log;
};
} // namespace

TEST_F(WeightsTest, TheFilesBytesAreUsedInPlace) {
  write(DType::BF16, {3, 5});
  auto weights = load();
  ASSERT_TRUE(isOk(weights));
  EXPECT_EQ(loadElement(DType::BF16, weights->pointers()[0], 14), 4);
  ASSERT_EQ(log.size(), 1u);
  EXPECT_NE(log[0].find("1 tensors (0 MiB) mapped in place, 0 "), std::string::npos) << log[0];
}

TEST_F(WeightsTest, OtherTypesAreConvertedAndAligned) {
  for (DType dtype : {DType::F64, DType::F32, DType::F16}) {
    write(dtype, {3, 5});
    auto weights = load();
    ASSERT_TRUE(isOk(weights));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(weights->pointers()[0]) % BRAID_ALIGNMENT, 0u);
    for (size_t i = 0; i < values.size(); ++i)
      EXPECT_EQ(loadElement(DType::BF16, weights->pointers()[0], i), values[i]);
  }
  EXPECT_EQ(log.size(), 3u);
}

// Other writers end the header at a multiple of eight, and nothing but the format's order keeps elements aligned.
TEST_F(WeightsTest, BytesAreUsedInPlaceWhereElementsAreAligned) {
  for (bool aligned : {true, false}) {
    std::string header = R"({"w":{"dtype":"BF16","shape":[3,5],"data_offsets":[0,30]}})";
    while (header.size() % 64 != (aligned ? 16 : 17))
      header += ' ';
    std::string file(8, '\0');
    file[0] = static_cast<char>(header.size());
    std::vector<char> data(30);
    convertElements(DType::F32, values.data(), DType::BF16, data.data(), 15);
    folder.write("model.safetensors", file + header + std::string(data.begin(), data.end()));
    auto weights = load();
    ASSERT_TRUE(isOk(weights));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(weights->pointers()[0]) % BRAID_ALIGNMENT, aligned ? 24u : 0u);
    EXPECT_EQ(loadElement(DType::BF16, weights->pointers()[0], 14), 4);
    EXPECT_NE(log.back().find(aligned ? "1 tensors (0 MiB) mapped in place, 0 " : "0 tensors (0 MiB) mapped in place, 1 "),
              std::string::npos)
        << log.back();
  }
}

TEST_F(WeightsTest, ErrorsNameFileTensorExpectedAndFound) {
  write(DType::BF16, {5, 3});
  EXPECT_TRUE(fails(load(), StatusCode::BadInput, {"model.safetensors", "'w'", "expected shape [3, 5], found [5, 3]"}));
  write(DType::BF16, {3, 5}, "v");
  EXPECT_TRUE(fails(load(), StatusCode::BadInput, {folder.path(), "'w'", "[3, 5]", "no such tensor"}));
  write(DType::I32, {3, 5});
  EXPECT_TRUE(fails(load(), StatusCode::BadInput, {"model.safetensors", "'w'", "found I32"}));
  std::filesystem::resize_file(folder.path("model.safetensors"), 100);
  EXPECT_TRUE(fails(load(), StatusCode::BadInput, {"model.safetensors", "header"}));
}

TEST_F(WeightsTest, DrawsDoNotDependOnThreads) {
  manifest.weights[0].shape = {300000};
  manifest.weights[0].elements = 300000;
  manifest.weights[0].bytes = 600000;
  manifest.weights[0].init.kind = WeightInit::Kind::Normal;
  manifest.weights[0].init.std = 1;
  auto several = ThreadPool::create(4, 0);
  ASSERT_TRUE(isOk(several));
  auto a = Weights::fromSeed(manifest, 9, *pool), b = Weights::fromSeed(manifest, 9, **several);
  ASSERT_TRUE(isOk(a));
  ASSERT_TRUE(isOk(b));
  EXPECT_EQ(std::memcmp(a->pointers()[0], b->pointers()[0], 600000), 0);
  std::vector<char> whole(600000);
  drawWeights(manifest.weights[0].init, 9, "w", DType::BF16, 0, 300000, whole.data());
  EXPECT_EQ(std::memcmp(a->pointers()[0], whole.data(), 600000), 0);
}
