//===- AbiTest.cpp - Tests of the C interface -----------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tiny.h"
#include "braid/Runtime/artifact.h"
#include "braid/Formats/Artifact.h"
#include "braid/Formats/File.h"
#include "braid/Formats/Safetensors.h"

#include <thread>

using namespace braid;
using namespace braid::test;

TEST(Abi, DescribesAProgram) {
  ProgramHandle program = loadTiny();
  ASSERT_TRUE(program);
  braid_model_info model = {};
  model.size = sizeof model;
  ASSERT_TRUE(isOk(take(braid_program_model(program.get(), &model))));
  EXPECT_STREQ(model.name, "tiny");
  EXPECT_EQ(model.vocab_size, 16);
  EXPECT_EQ(model.bos_token_id, 1);
  ASSERT_EQ(model.eos_count, 1u);
  EXPECT_EQ(model.eos_token_ids[0], 2);
  EXPECT_EQ(braid_program_entry_count(program.get()), 4);
  EXPECT_EQ(braid_program_find_entry(program.get(), "score"), 2);
  EXPECT_EQ(braid_program_find_entry(program.get(), "train"), -1);
  braid_entry_info entry = {};
  entry.size = sizeof entry;
  ASSERT_TRUE(isOk(take(braid_program_entry(program.get(), 2, &entry))));
  EXPECT_STREQ(entry.name, "score");
  EXPECT_EQ(entry.logits_per_token, 1);
  EXPECT_EQ(entry.is_function, 0);
  EXPECT_TRUE(fails(take(braid_program_entry(program.get(), 4, &entry)), StatusCode::Usage, {"below 4, found 4"}));
  size_t bytes = 0;
  const char *manifest = braid_program_manifest(program.get(), &bytes);
  EXPECT_NE(std::string_view(manifest, bytes).find("\"format\": 1"), std::string_view::npos);
  EXPECT_EQ(braid_version(), 100u);
}

TEST(Abi, OlderCallersGetWhatTheyKnow) {
  ProgramHandle program = loadTiny();
  ASSERT_TRUE(program);
  braid_model_info model = {};
  model.layers = 77;
  model.size = offsetof(braid_model_info, layers);
  ASSERT_TRUE(isOk(take(braid_program_model(program.get(), &model))));
  EXPECT_EQ(model.vocab_size, 16);
  EXPECT_EQ(model.layers, 77);
  EXPECT_EQ(model.size, offsetof(braid_model_info, layers));
}

TEST(Abi, NullIsAnErrorNotACrash) {
  braid_program *program = nullptr;
  braid_program_options options = seedOptions(1);
  EXPECT_TRUE(fails(take(braid_program_load(nullptr, &options, &program)), StatusCode::Usage, {"'path'"}));
  EXPECT_TRUE(fails(take(braid_program_load("x", nullptr, &program)), StatusCode::Usage, {"'options'"}));
  EXPECT_TRUE(fails(take(braid_program_load("x", &options, nullptr)), StatusCode::Usage, {"'program'"}));
  options.size = 3;
  EXPECT_TRUE(fails(take(braid_program_load("x", &options, &program)), StatusCode::Usage, {"size", "found 3"}));
  EXPECT_TRUE(fails(take(braid_session_create(nullptr, nullptr, nullptr)), StatusCode::Usage, {"'program'"}));
  EXPECT_TRUE(fails(take(braid_session_run(nullptr, nullptr, nullptr, 0)), StatusCode::Usage, {"'session'"}));
  EXPECT_TRUE(fails(take(braid_slot_reset(nullptr, 0)), StatusCode::Usage, {"'session'"}));
  EXPECT_TRUE(fails(take(braid_sampler_next(nullptr, nullptr, nullptr)), StatusCode::Usage, {"'sampler'"}));
  EXPECT_EQ(braid_slot_length(nullptr, 0), -1);
  EXPECT_EQ(braid_program_entry_count(nullptr), 0);
  EXPECT_EQ(braid_status_code(nullptr), BRAID_OK);
  EXPECT_STREQ(braid_status_message(nullptr), "");
  braid_status_destroy(nullptr);
  braid_program_destroy(nullptr);
  braid_session_destroy(nullptr);
  braid_sampler_destroy(nullptr);
}

namespace {
class AlteredArtifact : public ::testing::Test {
protected:
  void SetUp() override {
    auto contents = readFile(BRAID_TINY_ARTIFACT, artifactMaxBytes);
    ASSERT_TRUE(isOk(contents));
    bytes = *contents;
    auto parts = parseArtifact(bytes, "tiny");
    ASSERT_TRUE(isOk(parts));
    object = std::string(parts->object);
    manifest = std::string(parts->manifestText);
  }
  Status load(const std::string &path) {
    braid_program_options options = seedOptions(1);
    braid_program *program = nullptr;
    Status status = take(braid_program_load(path.c_str(), &options, &program));
    braid_program_destroy(program);
    return status;
  }
  Status loadWith(const std::string &code, const std::string &text) {
    BRAID_TRY(writeArtifact(folder.path("a.so"), code, text));
    return load(folder.path("a.so"));
  }
  std::string manifestWith(const std::string &from, const std::string &to) {
    std::string text = manifest;
    size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos);
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
  }
  TemporaryFolder folder;
  std::string bytes, object, manifest;
};
} // namespace

TEST_F(AlteredArtifact, TruncationIsAnError) {
  for (size_t length : {size_t{0}, size_t{63}, size_t{64}, bytes.size() / 2, bytes.size() - 1})
    EXPECT_TRUE(fails(load(folder.write("t.so", bytes.substr(0, length))), StatusCode::BadInput, {"t.so: expected"}));
}

TEST_F(AlteredArtifact, AChangedByteIsAnError) {
  // Before the footer, whose own fields are checked before the hash.
  for (size_t i = 7; i < bytes.size() - sizeof(braid_artifact_footer); i += 1009) {
    std::string altered = bytes;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_TRUE(fails(load(folder.write("t.so", altered)), StatusCode::BadInput, {"t.so: expected SHA-256"})) << i;
  }
}

TEST_F(AlteredArtifact, WrongCodeIsAnError) {
  EXPECT_TRUE(fails(loadWith("", manifest), StatusCode::BadInput, {"a.so: expected a shared object"}));
  EXPECT_TRUE(fails(loadWith(std::string(500, 'x'), manifest), StatusCode::BadInput, {"a.so", "ELF"}));
  std::string otherMachine = object;
  otherMachine[18] = static_cast<char>(0xf3);
  EXPECT_TRUE(fails(loadWith(otherMachine, manifest), StatusCode::Unsupported, {"a.so", "machine 243"}));
  // Cut inside the segments, with a footer that fits: the loader says what it misses.
  EXPECT_TRUE(fails(loadWith(object.substr(0, 500), manifest), StatusCode::BadInput, {"a.so"}));
}

TEST_F(AlteredArtifact, AManifestThatDoesNotFitIsAnError) {
  EXPECT_TRUE(fails(loadWith(object, manifestWith("\"kind\": \"cpu\"", "\"kind\": \"gpu\"")), StatusCode::Unsupported,
                    {"target.kind", "'gpu'"}));
  EXPECT_TRUE(fails(loadWith(object, manifestWith("\"features\": []", "\"features\": [\"warp\"]")),
                    StatusCode::Unsupported, {"'warp'"}));
  size_t start = manifest.find("    {\"name\": \"prefill\""), end = manifest.find("    {\"name\": \"decode\"");
  EXPECT_TRUE(fails(loadWith(object, manifestWith(manifest.substr(start, end - start), "")), StatusCode::BadInput,
                    {"3 entry points", "found 4"}));
}

TEST_F(AlteredArtifact, OfSeveralVersionsOnlyTheChosenOneIsLoaded) {
  auto parsed = parseManifest(manifest, "tiny");
  ASSERT_TRUE(isOk(parsed));
  std::string arenas;
  for (const Manifest::Entry &entry : parsed->entries)
    arenas += cat(arenas.empty() ? "" : ", ", "{\"tokens\": ", entry.arenaBytes[0], ", \"rows\": ", entry.arenaBytes[1],
                  ", \"fixed\": ", entry.arenaBytes[2], "}");
  auto version = [&](const char *cpu, const char *feature, size_t size) {
    return cat("{\"kind\": \"cpu\", \"cpu\": \"", cpu, "\", \"features\": [", feature, "], \"object_bytes\": ", size,
               ", \"arenas\": [", arenas, "], \"scratch_bytes\": ", parsed->scratchBytes, ", \"kernels\": []}");
  };
  auto listing = [&](const char *feature) {
    return manifestWith("\"dtype\"", cat("\"versions\": [", version("generic", "\"warp\"", 4), ", ",
                                         version("plain", feature, object.size()), "], \"dtype\""));
  };
  // The first version's object would not load.
  std::string path = folder.path("a.so");
  ASSERT_TRUE(isOk(writeArtifact(path, "none" + object, listing(""))));
  int32_t chosen = -1;
  EXPECT_TRUE(isOk(take(braid_artifact_version(path.c_str(), &chosen))));
  EXPECT_EQ(chosen, 1);
  braid_program_options options = seedOptions(1);
  braid_program *loaded = nullptr;
  ASSERT_TRUE(isOk(take(braid_program_load(path.c_str(), &options, &loaded))));
  ProgramHandle program(loaded);
  EXPECT_EQ(braid_program_version(program.get()), 1);
  std::vector<int32_t> tokens = someTokens(9);
  std::vector<float> logits;
  SessionHandle session = openTiny(program);
  ASSERT_TRUE(isOk(run(session, Prefill, {{0, tokens}}, logits)));
  EXPECT_EQ(logits, lastRow(expectedLogits(program, tokens)));

  EXPECT_TRUE(fails(loadWith("none" + object, listing("\"woof\"")), StatusCode::Unsupported,
                    {"with 'warp', which this runtime does not know, for generic", "for plain, found one without"}));
  EXPECT_TRUE(fails(take(braid_artifact_version(path.c_str(), &chosen)), StatusCode::Unsupported, {"for plain"}));
  EXPECT_TRUE(fails(take(braid_artifact_version(nullptr, &chosen)), StatusCode::Usage, {"'path'"}));
  EXPECT_TRUE(fails(take(braid_artifact_version(path.c_str(), nullptr)), StatusCode::Usage, {"'version'"}));
  EXPECT_EQ(braid_program_version(nullptr), 0);
}

TEST_F(AlteredArtifact, TwoProgramsAtOnceKeepTheirOwnCode) {
  ProgramHandle first = loadTiny(), second = loadTiny();
  ASSERT_TRUE(first && second);
  std::vector<float> logits;
  std::vector<int32_t> tokens = someTokens(9);
  first.reset();
  ProgramHandle third = loadTiny();
  for (const ProgramHandle &program : {std::cref(second), std::cref(third)}) {
    SessionHandle session = openTiny(program);
    ASSERT_TRUE(isOk(run(session, Prefill, {{0, tokens}}, logits)));
    EXPECT_EQ(logits, lastRow(expectedLogits(program, tokens)));
  }
}

TEST(Abi, ThreadsShareAProgram) {
  ProgramHandle program = loadTiny();
  ASSERT_TRUE(program);
  std::vector<int32_t> tokens = someTokens(60);
  std::vector<float> wanted = lastRow(expectedLogits(program, tokens));
  std::vector<std::vector<float>> found(4);
  std::vector<std::thread> threads;
  for (std::vector<float> &mine : found)
    threads.emplace_back([&] {
      SessionHandle session = openTiny(program);
      for (int i = 0; i < 10; ++i)
        EXPECT_TRUE(isOk(run(session, Prefill, {{0, part(tokens, static_cast<size_t>(i) * 6, static_cast<size_t>(i) * 6 + 6)}}, mine)));
    });
  for (std::thread &thread : threads)
    thread.join();
  for (const std::vector<float> &mine : found)
    EXPECT_EQ(mine, wanted);
}
