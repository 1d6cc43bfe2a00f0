//===- ArtifactTest.cpp - Tests of artifacts and manifests ----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"
#include "braid/Formats/Artifact.h"

using namespace braid;
using namespace braid::test;

static const char *const manifestText = R"({
  "format": 1,
  "model": {"name": "m", "architecture": "a", "vocab_size": 16, "eos_token_id": [2, 3],
            "layers": 1, "parameters": 64, "max_context": 4096},
  "target": {"kind": "cpu", "cpu": "znver4", "features": ["avx2"]},
  "dtype": "bf16",
  "weights": [{"name": "w", "dtype": "bf16", "shape": [16, 4], "init": {"kind": "normal", "std": 0.02}}],
  "states": [{"name": "k", "kind": "kv", "dtype": "bf16", "shape": [2, 128, 4]},
             {"name": "s", "kind": "recurrent", "dtype": "f32", "shape": [3]}],
  "entries": [{"name": "decode", "logits": "row", "arena": {"tokens": 1, "rows": 2, "fixed": 3}, "one_token_rows": true}],
  "scratch_bytes": 128,
  "kernels": [{"name": "x", "entry": "decode", "calls": 5, "math": "f32", "flops": {"tokens": 1, "rows": 2, "fixed": 3, "context": 4},
               "bytes": {"tokens": 5, "rows": 6, "fixed": 7, "context": 8}}]
})";

TEST(Manifest, ReadsEveryField) {
  auto manifest = parseManifest(manifestText, "a.so: manifest");
  ASSERT_TRUE(isOk(manifest));
  EXPECT_EQ(manifest->model.vocabSize, 16);
  EXPECT_FALSE(manifest->model.bosTokenId);
  EXPECT_EQ(manifest->model.eosTokenIds, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(manifest->model.maxContext, 4096);
  EXPECT_EQ(manifest->target.features, std::vector<std::string>{"avx2"});
  EXPECT_EQ(manifest->dtype, DType::BF16);
  ASSERT_EQ(manifest->weights.size(), 1u);
  EXPECT_EQ(manifest->weights[0].bytes, 128u);
  ASSERT_EQ(manifest->states.size(), 2u);
  EXPECT_EQ(manifest->states[0].kind, Manifest::State::Kind::KeyValue);
  EXPECT_EQ(manifest->states[0].bytes, 2048u);
  EXPECT_EQ(manifest->states[1].bytes, 12u);
  EXPECT_EQ(manifest->entries[0].arenaBytes[2], 3u);
  EXPECT_TRUE(manifest->entries[0].oneTokenRows);
  EXPECT_EQ(manifest->scratchBytes, 128u);
  EXPECT_EQ(manifest->kernels[0].calls, 5);
  EXPECT_EQ(manifest->kernels[0].bytes.of(10, 100, 1000), 5 * 10 + 6 * 100 + 7 + 8 * 1000);
  EXPECT_EQ(manifest->findEntry("decode"), 0);
  EXPECT_EQ(manifest->findEntry("score"), -1);
}

static std::string replaced(const std::string &from, const std::string &to) {
  std::string text = manifestText;
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(Manifest, RefusesWhatDoesNotFit) {
  struct Case {
    std::string from, to, fragment;
    StatusCode code = StatusCode::BadInput;
  };
  const Case cases[] = {
      {"\"format\": 1", "\"format\": 2", "'format': expected 1, found 2", StatusCode::Unsupported},
      {"\"vocab_size\": 16", "\"vocab_size\": 0", "model.vocab_size"},
      {"\"vocab_size\": 16", "\"vocab_size\": 16.5", "model.vocab_size"},
      {"\"vocab_size\": 16, ", "", "expected key 'vocab_size'"},
      {"[2, 3]", "2", "model.eos_token_id"},
      {"[2, 3]", "[-1]", "model.eos_token_id[0]"},
      {"\"dtype\": \"bf16\",\n", "\"dtype\": \"i32\",\n", "'dtype'"},
      {"[16, 4]", "[16, 0]", "weights[0].shape[1]"},
      {"[16, 4]", "[281474976710656, 281474976710656]", "2^45"},
      {"\"kind\": \"kv\"", "\"kind\": \"cache\"", "states[0].kind"},
      {"[2, 128, 4]", "[2, 64, 4]", "[heads, 128, head_dim]"},
      {"\"logits\": \"row\"", "\"logits\": \"all\"", "entries[0].logits"},
      {"\"rows\": 2, \"fixed\": 3}, \"one", "\"rows\": -2, \"fixed\": 3}, \"one", "entries[0].arena.rows"},
      {"\"one_token_rows\": true", "\"one_token_rows\": 1", "entries[0].one_token_rows"},
      {"\"scratch_bytes\": 128", "\"scratch_bytes\": -1", "scratch_bytes"},
      {"\"kind\": \"normal\"", "\"kind\": \"none\"", "weights[0].init.kind"},
      {"\"name\": \"s\", \"kind\": \"recurrent\"", "\"name\": 7, \"kind\": \"recurrent\"", "states[1].name"},
      {"[\"avx2\"]", "[1]", "target.features[0]"},
  };
  for (const Case &c : cases)
    EXPECT_TRUE(fails(parseManifest(replaced(c.from, c.to), "a.so: manifest"), c.code, {"a.so: manifest", c.fragment}))
        << c.fragment;
}

TEST(Artifact, WritesAndReads) {
  TemporaryFolder folder;
  std::string object = "not really code";
  ASSERT_TRUE(isOk(writeArtifact(folder.path("a.so"), object, manifestText)));
  std::string bytes = folder.read("a.so");
  auto parts = parseArtifact(bytes, "a.so");
  ASSERT_TRUE(isOk(parts));
  EXPECT_EQ(parts->object, object);
  EXPECT_EQ(parts->manifestText, manifestText);
  EXPECT_EQ(parts->manifest.model.name, "m");
  EXPECT_TRUE(fails(writeArtifact(folder.path("b.so"), object, "{}"), StatusCode::BadInput, {"b.so: manifest", "format"}));
  EXPECT_FALSE(std::filesystem::exists(folder.path("b.so")));
}

TEST(Artifact, EveryTruncationAndEveryChangedByteIsFound) {
  auto bytes = buildArtifact("object", manifestText, "a.so");
  ASSERT_TRUE(isOk(bytes));
  for (size_t length = 0; length < bytes->size(); ++length)
    ASSERT_TRUE(fails(parseArtifact(std::string_view(*bytes).substr(0, length), "a.so"), StatusCode::BadInput, {"a.so"}));
  for (size_t i = 0; i < bytes->size(); ++i) {
    std::string altered = *bytes;
    altered[i] ^= 0x20;
    auto parts = parseArtifact(altered, "a.so");
    ASSERT_FALSE(parts.ok()) << i;
    ASSERT_TRUE(parts.status().code() == StatusCode::BadInput || parts.status().code() == StatusCode::Unsupported) << i;
  }
}
