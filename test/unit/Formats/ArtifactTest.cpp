//===- ArtifactTest.cpp - Tests of artifacts and manifests ----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestSupport.h"
#include "braid/Formats/Artifact.h"

#include <cstddef>
#include <tuple>
#include <type_traits>

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
  EXPECT_EQ(manifest->model->vocabSize, 16);
  EXPECT_FALSE(manifest->model->bosTokenId);
  EXPECT_EQ(manifest->model->eosTokenIds, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(manifest->model->maxContext, 4096);
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

// A model's entry and a function in one program.
static std::string withFunction(const std::string &function) {
  return replaced("\"one_token_rows\": true}]", "\"one_token_rows\": true}, " + function + "]");
}

static const char *const functionText = R"({"name": "f", "ragged": true, "one_token_rows": false,
  "arguments": [{"dtype": "bf16", "shape": ["tokens", 4]}, {"dtype": "i32", "shape": ["rows"]}],
  "results": [{"dtype": "f32", "shape": [8, 4]}], "states": ["s"], "arena": {"tokens": 1, "rows": 2, "fixed": 3}})";

TEST(Manifest, ReadsFunctions) {
  auto manifest = parseManifest(withFunction(functionText), "a.so: manifest");
  ASSERT_TRUE(isOk(manifest));
  EXPECT_FALSE(manifest->entries[0].isFunction);
  const Manifest::Entry &entry = manifest->entries[1];
  EXPECT_TRUE(entry.isFunction && entry.ragged);
  ASSERT_EQ(entry.arguments.size(), 2u);
  EXPECT_EQ(entry.arguments[0].axis, Manifest::Tensor::Axis::Tokens);
  EXPECT_EQ(entry.arguments[0].shape, (std::vector<int64_t>{1, 4}));
  EXPECT_EQ(entry.arguments[0].bytes, 8u);
  EXPECT_EQ(entry.arguments[1].axis, Manifest::Tensor::Axis::Rows);
  EXPECT_EQ(entry.results[0].axis, Manifest::Tensor::Axis::Fixed);
  EXPECT_EQ(entry.results[0].bytes, 128u);
  EXPECT_EQ(entry.states, std::vector<int32_t>{1});
}

TEST(Manifest, RefusesFunctionsThatDoNotFit) {
  const std::pair<const char *, const char *> cases[] = {
      {"\"tokens\", 4", "\"slots\", 4"}, {"\"tokens\", 4", "4, \"tokens\""}, {"[8, 4]", "[0, 4]"}, {"[\"s\"]", "[\"t\"]"},
      {"\"ragged\": true", "\"ragged\": 1"}, {"\"i32\"", "\"i64\""}, {"[8, 4]", "[281474976710656, 281474976710656]"}};
  for (const auto &[from, to] : cases) {
    std::string text = functionText;
    size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    EXPECT_TRUE(fails(parseManifest(withFunction(text.replace(at, strlen(from), to)), "a.so: manifest"),
                      StatusCode::BadInput, {"a.so: manifest", "entries[1]"}))
        << to;
  }
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
  EXPECT_EQ(parts->manifest.model->name, "m");
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

// Two versions: the code of the first has 4 bytes, that of the second 3.
static const char *const versionsText = R"("versions": [
  {"kind": "cpu", "cpu": "znver4", "features": ["avx2"], "object_bytes": 4,
   "arenas": [{"tokens": 1, "rows": 2, "fixed": 3}], "kernels": [], "scratch_bytes": 128},
  {"kind": "cpu", "cpu": "znver3", "features": ["fma"], "object_bytes": 3,
   "arenas": [{"tokens": 4, "rows": 5, "fixed": 6}], "kernels": [], "scratch_bytes": 64}],
  "scratch_bytes")";

TEST(Versions, OneIsChosen) {
  std::string text = replaced("\"scratch_bytes\"", versionsText);
  auto bytes = buildArtifact("abcdefg", text, "a.so");
  ASSERT_TRUE(isOk(bytes));
  for (auto [version, code, cpu, arena] :
       {std::tuple(size_t{0}, "abcd", "znver4", uint64_t{3}), {size_t{1}, "efg", "znver3", uint64_t{6}}}) {
    auto parts = parseArtifact(*bytes, "a.so");
    ASSERT_TRUE(isOk(parts));
    EXPECT_EQ(parts->object, "abcdefg");
    ASSERT_EQ(parts->manifest.versions.size(), 2u);
    parts->choose(version);
    EXPECT_EQ(parts->object, code);
    EXPECT_EQ(parts->manifest.target.cpu, cpu);
    EXPECT_EQ(parts->manifest.entries[0].arenaBytes[2], arena);
    EXPECT_TRUE(parts->manifest.versions.empty());
  }
}

TEST(Versions, WhatIsWrongIsNamed) {
  for (const char *code : {"", "abcdef", "abcdefgh"})
    EXPECT_TRUE(fails(buildArtifact(code, replaced("\"scratch_bytes\"", versionsText), "a.so"), StatusCode::BadInput,
                      {"a.so: expected 7 bytes of objects by the manifest's versions"}));
  const std::tuple<const char *, const char *, const char *> cases[] = {
      {"znver3", "znver4", "versions[1]': expected each CPU once, found 'znver4' again"},
      {"\"cpu\": \"znver4\"", "\"cpu\": \"znver5\"", "versions': expected first the target's CPU 'znver4', found 'znver5'"},
      {"\"kind\": \"cpu\"", "\"kind\": \"cuda\"", "key 'kind': expected 'cpu', found 'cuda'"},
      {"\"object_bytes\": 4", "\"object_bytes\": 0", "object_bytes"},
      {"\"object_bytes\": 4", "\"object_bytes\": -9223372036854775808", "object_bytes"},
      {"[{\"tokens\": 4, \"rows\": 5, \"fixed\": 6}]", "[]", "expected the arenas of 1 entries, found 0"},
      {"\"fixed\": 6", "\"fixed\": -6", "fixed"},
      {"\"scratch_bytes\": 64", "\"scratch\": 64", "scratch_bytes"},
      {"[\"fma\"]", "3", "features"},
      {"\"versions\": [", "\"versions\": [], \"older\": [", "versions': expected at least one version"},
  };
  for (const auto &[from, to, message] : cases) {
    std::string text = versionsText;
    size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    EXPECT_TRUE(fails(parseManifest(replaced("\"scratch_bytes\"", text.replace(at, strlen(from), to)), "a.so: manifest"),
                      StatusCode::BadInput, {"a.so: manifest", message}))
        << to;
  }
}

static const char *const kernelsText = R"({
  "format": 1,
  "target": {"kind": "cuda", "cpu": "", "features": []},
  "gpu_kernels": [
    {"name": "linear", "threads": 384, "shared_bytes": 197632, "cluster": 2, "persistent": true,
     "arguments": [{"dtype": "bf16", "shape": [-1, 64], "strides": [80, 1]}, {"dtype": "f32"}],
     "tensor_maps": [{"argument": 0, "box": [128, 64], "swizzle": 128}],
     "images": [{"arch": "sm_90a", "offset": 0, "bytes": 5}, {"arch": "sm_100f", "offset": 5, "bytes": 3}]}
  ]
}
)";

TEST(KernelTable, ReadsEveryFieldAndWritesItBack) {
  auto manifest = parseManifest(kernelsText, "k.so: manifest");
  ASSERT_TRUE(isOk(manifest));
  EXPECT_FALSE(manifest->model);
  EXPECT_TRUE(manifest->entries.empty());
  EXPECT_EQ(manifest->imageBytes(), 8u);
  ASSERT_EQ(manifest->gpuKernels.size(), 1u);
  const GpuKernel &kernel = manifest->gpuKernels[0];
  EXPECT_EQ(kernel.name, "linear");
  EXPECT_EQ(kernel.threads, 384u);
  EXPECT_EQ(kernel.sharedBytes, 197632u);
  EXPECT_EQ(kernel.cluster, 2u);
  EXPECT_TRUE(kernel.persistent);
  ASSERT_EQ(kernel.arguments.size(), 2u);
  EXPECT_EQ(kernel.arguments[0].dtype, DType::BF16);
  EXPECT_EQ(kernel.arguments[0].shape, (std::vector<int64_t>{GpuKernel::dynamic, 64}));
  EXPECT_EQ(kernel.arguments[0].strides, (std::vector<int64_t>{80, 1}));
  EXPECT_FALSE(kernel.arguments[1].isView());
  ASSERT_EQ(kernel.tensorMaps.size(), 1u);
  EXPECT_EQ(kernel.tensorMaps[0].box, (std::vector<uint32_t>{128, 64}));
  EXPECT_EQ(kernel.tensorMaps[0].swizzle, 128u);
  ASSERT_EQ(kernel.images.size(), 2u);
  EXPECT_EQ(kernel.images[1].arch, "sm_100f");
  EXPECT_EQ(kernel.images[1].offset, 5u);
  EXPECT_EQ(kernelManifest(manifest->gpuKernels), kernelsText);
}

TEST(KernelTable, RefusesWhatDoesNotFit) {
  struct Case {
    std::string from, to, fragment;
  };
  const Case cases[] = {
      {"\"name\": \"linear\"", "\"name\": \"\"", "gpu_kernels[0]': expected the name of a symbol"},
      {"384", "0", "gpu_kernels[0].threads"},
      {"384", "1025", "gpu_kernels[0].threads"},
      {"197632", "-1", "shared_bytes"},
      {"\"cluster\": 2", "\"cluster\": 17", "cluster"},
      {"true", "1", "persistent"},
      {"\"bf16\"", "\"i1\"", "arguments[0].dtype"},
      {"[-1, 64]", "[-2, 64]", "arguments[0].shape[0]"},
      {"[-1, 64]", "[0, 64]", "sizes of at least 1, or -1"},
      {"[-1, 64]", "[]", "a shape of 1 to 4 sizes"},
      {"[-1, 64]", "[1, 2, 3, 4, 64]", "a shape of 1 to 4 sizes"},
      {"\"shape\": [-1, 64], ", "", "key 'shape' beside 'strides'"},
      {"[80, 1]", "[80]", "a stride for each of 2 sizes"},
      {"[80, 1]", "[80, 2]", "the last 1, found [80, 2]"},
      {"[80, 1]", "[81, 1]", "strides of a multiple of 16 bytes, found 162 in dimension 0 of argument 0"},
      {"\"argument\": 0", "\"argument\": 2", "tensor_maps[0].argument"},
      {"\"argument\": 0", "\"argument\": 1", "a view as argument 1, found a number"},
      {"[128, 64]", "[128]", "a box of 2 sizes"},
      {"[128, 64]", "[257, 64]", "tensor_maps[0].box[0]"},
      {"[128, 64]", "[128, 4]", "a multiple of 16 bytes, found 8"},
      {"[128, 64]", "[128, 72]", "at most the swizzle's 128 bytes, found 144"},
      {"\"swizzle\": 128", "\"swizzle\": 16", "a swizzle of 0, 32, 64 or 128 bytes, found 16"},
      {"\"sm_90a\"", "\"sm_90b\"", "images[0].arch"},
      {"\"sm_90a\"", "\"compute_90\"", "images[0].arch"},
      {"\"offset\": 5", "\"offset\": -5", "images[1].offset"},
      {"\"bytes\": 5", "\"bytes\": 0", "images[0].bytes"},
  };
  for (const Case &c : cases) {
    std::string text = kernelsText;
    size_t at = text.find(c.from);
    ASSERT_NE(at, text.npos) << c.from;
    text.replace(at, c.from.size(), c.to);
    EXPECT_TRUE(fails(parseManifest(text, "k.so: manifest"), StatusCode::BadInput, {"k.so: manifest", c.fragment}))
        << c.fragment;
  }
}

TEST(KernelTable, NumbersAreBounded) {
  GpuKernel kernel;
  kernel.name = "k";
  kernel.threads = 1;
  kernel.images = {{"sm_90", 0, 1}};
  kernel.arguments.assign(253, {DType::I64, {}, {}}); // and the grid: 2048 bytes
  EXPECT_TRUE(isOk(parseManifest(kernelManifest({kernel}), "k")));
  kernel.arguments.push_back({DType::BF16, {}, {}});
  EXPECT_TRUE(fails(parseManifest(kernelManifest({kernel}), "k"), StatusCode::BadInput, {"2048 bytes, found 2056"}));
  kernel.arguments = {{DType::F32, {4, 4}, {4, 1}}};
  kernel.tensorMaps.assign(17, {0, {4, 4}, 0});
  EXPECT_TRUE(fails(parseManifest(kernelManifest({kernel}), "k"), StatusCode::BadInput, {"at most 16 tensor maps"}));
  kernel.tensorMaps.clear();
  kernel.images.clear();
  EXPECT_TRUE(fails(parseManifest(kernelManifest({kernel}), "k"), StatusCode::BadInput, {"at least one image"}));
  kernel.images = {{"sm_90", 0, 1}};
  EXPECT_TRUE(fails(parseManifest(kernelManifest({kernel, kernel}), "k"), StatusCode::BadInput, {"'k' once"}));
}

TEST(KernelTable, LaysArgumentsOutAsCDoes) {
  struct {
    void *x;
    int64_t x0, x2;
    float a;
    uint16_t b;
    int32_t c;
    double d;
    void *y;
    uint16_t e;
    int64_t grid[3];
  } *none = nullptr;
  using Struct = std::remove_pointer_t<decltype(none)>;
  GpuKernel kernel;
  kernel.arguments = {{DType::BF16, {-1, 8, -1}, {64, 8, 1}}, {DType::F32, {}, {}}, {DType::F16, {}, {}},
                      {DType::I32, {}, {}},                   {DType::F64, {}, {}}, {DType::F32, {4}, {1}},
                      {DType::BF16, {}, {}}};
  GpuKernel::Layout layout = kernel.layout();
  EXPECT_EQ(layout.offsets, (std::vector<uint32_t>{offsetof(Struct, x), offsetof(Struct, a), offsetof(Struct, b),
                                                   offsetof(Struct, c), offsetof(Struct, d), offsetof(Struct, y),
                                                   offsetof(Struct, e)}));
  EXPECT_EQ(layout.grid, offsetof(Struct, grid));
  EXPECT_EQ(layout.bytes, sizeof(Struct));
}

TEST(KernelTable, ArchitecturesRunOnTheirDevices) {
  auto runs = [](const char *arch, int device) { return GpuArch::parse(arch)->runsOn(device); };
  EXPECT_TRUE(runs("sm_90a", 90));
  EXPECT_FALSE(runs("sm_90a", 91));
  EXPECT_TRUE(runs("sm_80", 89));
  EXPECT_FALSE(runs("sm_89", 80));
  EXPECT_FALSE(runs("sm_80", 90));
  EXPECT_TRUE(runs("sm_100f", 103));
  EXPECT_FALSE(runs("sm_100f", 120));
  for (const char *name : {"", "sm_", "sm_a", "90", "sm_90aa", "sm_9", "sm_1000", "sm_99999999999"})
    EXPECT_FALSE(GpuArch::parse(name)) << name;
}

TEST(Artifact, HoldsImages) {
  TemporaryFolder folder;
  ASSERT_TRUE(isOk(writeArtifact(folder.path("k.so"), "object", kernelsText, "12345abc")));
  std::string bytes = folder.read("k.so");
  auto parts = parseArtifact(bytes, "k.so");
  ASSERT_TRUE(isOk(parts));
  EXPECT_EQ(parts->object, "object");
  EXPECT_EQ(parts->images, "12345abc");
  EXPECT_EQ(parts->manifestText, kernelsText);
  for (const char *images : {"", "1234567", "123456789"})
    EXPECT_TRUE(fails(buildArtifact("object", kernelsText, "k.so", images), StatusCode::BadInput,
                      {"k.so: expected 8 bytes of images by the manifest, found"}));
  EXPECT_TRUE(fails(buildArtifact("object", manifestText, "m.so", "x"), StatusCode::BadInput, {"expected 0 bytes"}));
}
