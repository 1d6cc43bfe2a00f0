//===- StateFileTest.cpp - Tests of slots in files ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tiny.h"
#include "braid/Formats/File.h"
#include "braid/Formats/Sha256.h"

#include <cstdio>
#include <cstring>
#include <unistd.h>

using namespace braid;
using namespace braid::test;

namespace {
class StateFileTest : public ::testing::Test {
protected:
  void SetUp() override {
    program = loadTiny();
    ASSERT_TRUE(program);
    session = openTiny(program);
    ASSERT_TRUE(session);
    for (size_t at = 0; at < tokens.size(); at += 50)
      ASSERT_TRUE(isOk(run(session, Prefill, {{0, part(tokens, at, at + 50)}}, logits)));
    ASSERT_TRUE(isOk(take(braid_slot_save(session.get(), 0, path.c_str()))));
    Result<std::string> read = readFile(path, 1 << 24);
    ASSERT_TRUE(read.ok());
    contents = *read;
  }
  void TearDown() override { std::remove(path.c_str()); }

  Status load(const SessionHandle &into, int64_t slot) { return take(braid_slot_load(into.get(), slot, path.c_str())); }
  /// Loads other contents, with a checksum of their own where `seal` says so.
  Status loadAltered(std::string altered, bool seal) {
    if (seal) {
      Sha256Digest digest = sha256(altered.data(), altered.size() - sizeof(Sha256Digest));
      std::memcpy(altered.data() + altered.size() - digest.size(), digest.data(), digest.size());
    }
    EXPECT_TRUE(writeFile(path, altered).ok());
    return load(session, 1);
  }

  std::string path = ::testing::TempDir() + "braid-slot-" + std::to_string(::getpid());
  std::vector<int32_t> tokens = someTokens(150);
  ProgramHandle program;
  SessionHandle session;
  std::vector<float> logits;
  std::string contents;
};
} // namespace

TEST_F(StateFileTest, AnotherProgramOfTheSameArtifactContinues) {
  int64_t length = 0;
  ASSERT_TRUE(isOk(take(braid_saved_length(path.c_str(), &length))));
  EXPECT_EQ(length, 150);
  session.reset();
  program = loadTiny();
  SessionHandle other = openTiny(program);
  ASSERT_TRUE(isOk(load(other, 3)));
  EXPECT_EQ(braid_slot_length(other.get(), 3), 150);
  for (int32_t token : {7, 1, 12}) {
    tokens.push_back(token);
    ASSERT_TRUE(isOk(run(other, Decode, {{3, {token}}}, logits)));
    EXPECT_EQ(logits, lastRow(expectedLogits(program, tokens)));
  }
}

TEST_F(StateFileTest, OtherWeightsAndOtherArtifactsAreNamed) {
  braid_program_options options = seedOptions(4);
  braid_program *other = nullptr;
  ASSERT_TRUE(isOk(take(braid_program_load(BRAID_TINY_ARTIFACT, &options, &other))));
  ProgramHandle owner(other);
  SessionHandle otherSession = openTiny(owner);
  EXPECT_TRUE(fails(load(otherSession, 0), StatusCode::BadInput, {path, "these weights", "made with others"}));
  std::string altered = contents;
  altered[40] = static_cast<char>(altered[40] ^ 1);
  EXPECT_TRUE(fails(loadAltered(altered, /*seal=*/true), StatusCode::BadInput, {path, "this artifact", "another artifact"}));
}

TEST_F(StateFileTest, DamageIsFoundAndChangesNothing) {
  ASSERT_TRUE(isOk(run(session, Prefill, {{1, {5, 6, 7}}}, logits)));
  for (size_t length : {size_t{0}, size_t{1}, size_t{127}, size_t{128}, size_t{159}, contents.size() - 1})
    EXPECT_TRUE(fails(loadAltered(contents.substr(0, length), false), StatusCode::BadInput, {path, "expected"})) << length;
  EXPECT_TRUE(fails(loadAltered(contents + "x", false), StatusCode::BadInput, {"bytes by the header"}));
  for (size_t at = 0; at < contents.size(); at += at < 200 ? 1 : 97) {
    std::string altered = contents;
    altered[at] = static_cast<char>(altered[at] ^ 0x40);
    Status status = loadAltered(altered, false);
    EXPECT_FALSE(status.ok()) << at;
    EXPECT_NE(status.message().find(path), std::string::npos);
  }
  // A file that somebody made on purpose: the checksum holds, what it says does not.
  for (size_t at = 128; at < 160; ++at) { // the snapshot's own header
    std::string altered = contents;
    altered[at] = static_cast<char>(altered[at] ^ 0x81);
    EXPECT_FALSE(loadAltered(altered, true).ok()) << at;
  }
  EXPECT_EQ(braid_slot_length(session.get(), 1), 3);
  ASSERT_TRUE(isOk(run(session, Decode, {{1, {8}}}, logits)));
  EXPECT_EQ(logits, lastRow(expectedLogits(program, {5, 6, 7, 8})));
}

TEST_F(StateFileTest, ASmallerSessionNamesItsLimit) {
  braid_session_options limits = tinyLimits();
  limits.max_context = 149;
  SessionHandle small = openTiny(program, limits);
  EXPECT_TRUE(fails(load(small, 0), StatusCode::Limit, {path, "'max_context'", "at most 149", "found 150"}));
  EXPECT_TRUE(fails(load(session, 4), StatusCode::Limit, {"'slots'", "found 4"}));
}

TEST_F(StateFileTest, AFileIsThereAsAWholeOrNotAtAll) {
  std::string nowhere = ::testing::TempDir() + "no-such-folder/slot";
  EXPECT_TRUE(fails(take(braid_slot_save(session.get(), 0, nowhere.c_str())), StatusCode::IO, {"cannot create", nowhere}));
  EXPECT_TRUE(fails(take(braid_slot_load(session.get(), 0, nowhere.c_str())), StatusCode::IO, {"cannot open", nowhere}));
  int64_t length = 0;
  EXPECT_TRUE(fails(take(braid_saved_length(nowhere.c_str(), &length)), StatusCode::IO, {"cannot open"}));
  ASSERT_TRUE(isOk(run(session, Decode, {{0, {1}}}, logits)));
  ASSERT_TRUE(isOk(take(braid_slot_save(session.get(), 0, path.c_str())))); // takes the place of the older one
  ASSERT_TRUE(isOk(take(braid_saved_length(path.c_str(), &length))));
  EXPECT_EQ(length, 151);
  EXPECT_TRUE(isOk(take(braid_slot_save(session.get(), 2, path.c_str())))); // an empty slot
  ASSERT_TRUE(isOk(load(session, 0)));
  EXPECT_EQ(braid_slot_length(session.get(), 0), 0);
  ASSERT_TRUE(isOk(run(session, Decode, {{0, {9}}}, logits)));
  EXPECT_EQ(logits, lastRow(expectedLogits(program, {9})));
}
