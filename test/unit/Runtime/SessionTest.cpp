//===- SessionTest.cpp - Tests of sessions and slots ----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tiny.h"

#include <cmath>

using namespace braid;
using namespace braid::test;

namespace {
class SessionTest : public ::testing::Test {
protected:
  void SetUp() override {
    program = loadTiny();
    ASSERT_TRUE(program);
    session = openTiny(program);
    ASSERT_TRUE(session);
  }
  Status runRows(int32_t entry, const std::vector<Row> &rows) { return run(session, entry, rows, logits); }
  std::vector<float> expected(const std::vector<int32_t> &tokens) { return expectedLogits(program, tokens); }

  ProgramHandle program;
  SessionHandle session;
  std::vector<float> logits;
};
} // namespace

TEST_F(SessionTest, ScoreGivesEveryTokensLogits) {
  std::vector<int32_t> tokens = someTokens(50);
  ASSERT_TRUE(isOk(runRows(Score, {{0, tokens}})));
  EXPECT_EQ(logits, expected(tokens));
  EXPECT_EQ(braid_slot_length(session.get(), 0), 50);
}

TEST_F(SessionTest, PiecesOfAnySizeGiveTheSameBits) {
  std::vector<int32_t> tokens = someTokens(400);
  std::vector<float> whole = expected(tokens);
  for (size_t piece : {1, 3, 17, 64}) {
    ASSERT_TRUE(isOk(take(braid_slot_reset(session.get(), 1))));
    for (size_t at = 0; at < tokens.size(); at += piece) {
      size_t end = std::min(at + piece, tokens.size());
      ASSERT_TRUE(isOk(runRows(piece == 1 ? Decode : Prefill, {{1, part(tokens, at, end)}})));
      std::vector<float> here(whole.begin() + static_cast<ptrdiff_t>((end - 1) * tinyVocab),
                              whole.begin() + static_cast<ptrdiff_t>(end * tinyVocab));
      ASSERT_EQ(logits, here) << "piece " << piece << " token " << end - 1;
    }
  }
}

TEST_F(SessionTest, KernelsAreTimedWhereThatIsAskedFor) {
  std::vector<braid_kernel_time> times(8, {-1, -1});
  ASSERT_TRUE(isOk(runRows(Prefill, {{0, someTokens(3)}})));
  EXPECT_EQ(braid_session_kernel_times(session.get(), times.data(), 8), 0u);
  ASSERT_TRUE(isOk(take(braid_session_time_kernels(session.get(), 1))));
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(isOk(runRows(Prefill, {{0, someTokens(3)}})));
  size_t count = braid_session_kernel_times(session.get(), nullptr, 0);
  ASSERT_GE(count, 1u);
  EXPECT_EQ(braid_session_kernel_times(session.get(), times.data(), 1), count);
  EXPECT_EQ(times[0].launches, 3);
  EXPECT_GT(times[0].seconds, 0);
  EXPECT_EQ(times[1].launches, -1) << "beyond the capacity";
  ASSERT_TRUE(isOk(take(braid_session_time_kernels(session.get(), 0))));
  EXPECT_EQ(braid_session_kernel_times(session.get(), times.data(), 8), 0u);
  EXPECT_EQ(braid_session_kernel_times(nullptr, times.data(), 8), 0u);
  EXPECT_TRUE(fails(take(braid_session_time_kernels(nullptr, 1)), StatusCode::Usage, {"'session'"}));
}

TEST_F(SessionTest, RowsDoNotDependOnTheirNeighbours) {
  std::vector<int32_t> a = someTokens(200, 1), b = someTokens(200, 2);
  for (size_t at = 0; at < 200; at += 20) {
    ASSERT_TRUE(isOk(runRows(Prefill, {{3, part(a, at, at + 20)}, {-1, {5}}, {0, part(b, at, at + 20)}})));
    std::vector<float> padding(logits.begin() + tinyVocab, logits.begin() + 2 * tinyVocab);
    EXPECT_EQ(padding, std::vector<float>(tinyVocab, 0));
  }
  EXPECT_EQ(std::vector<float>(logits.begin(), logits.begin() + tinyVocab), lastRow(expected(a)));
  EXPECT_EQ(lastRow(logits), lastRow(expected(b)));
}

TEST_F(SessionTest, AResetSlotStartsAnew) {
  ASSERT_TRUE(isOk(runRows(Prefill, {{2, someTokens(60, 5)}})));
  ASSERT_TRUE(isOk(take(braid_slot_reset(session.get(), 2))));
  EXPECT_EQ(braid_slot_length(session.get(), 2), 0);
  std::vector<int32_t> tokens = someTokens(30);
  ASSERT_TRUE(isOk(runRows(Prefill, {{2, tokens}})));
  EXPECT_EQ(logits, lastRow(expected(tokens)));
}

TEST_F(SessionTest, ACopyGoesItsOwnWay) {
  std::vector<int32_t> tokens = someTokens(192), left = tokens, right = tokens;
  for (size_t at = 0; at < tokens.size(); at += 64)
    ASSERT_TRUE(isOk(runRows(Prefill, {{0, part(tokens, at, at + 64)}})));
  ASSERT_TRUE(isOk(runRows(Prefill, {{1, {1, 2, 3}}}))); // what the copy replaces
  ASSERT_TRUE(isOk(take(braid_slot_copy(session.get(), 0, 1))));
  for (int i = 0; i < 5; ++i) {
    left.push_back(4);
    right.push_back(9);
    ASSERT_TRUE(isOk(runRows(Decode, {{0, {4}}, {1, {9}}})));
  }
  EXPECT_EQ(std::vector<float>(logits.begin(), logits.begin() + tinyVocab), lastRow(expected(left)));
  EXPECT_EQ(lastRow(logits), lastRow(expected(right)));
}

TEST_F(SessionTest, ASnapshotContinuesElsewhere) {
  std::vector<int32_t> tokens = someTokens(150);
  for (size_t at = 0; at < tokens.size(); at += 50)
    ASSERT_TRUE(isOk(runRows(Prefill, {{0, part(tokens, at, at + 50)}})));
  std::vector<char> bytes(braid_slot_snapshot_bytes(session.get(), 0));
  ASSERT_TRUE(isOk(take(braid_slot_snapshot(session.get(), 0, bytes.data(), bytes.size()))));
  SessionHandle other = openTiny(program);
  ASSERT_TRUE(isOk(take(braid_slot_restore(other.get(), 3, bytes.data(), bytes.size()))));
  EXPECT_EQ(braid_slot_length(other.get(), 3), 150);
  tokens.push_back(7);
  ASSERT_TRUE(isOk(run(other, Decode, {{3, {7}}}, logits)));
  EXPECT_EQ(logits, lastRow(expected(tokens)));
}

TEST_F(SessionTest, BrokenSnapshotsAreRefusedAndChangeNothing) {
  std::vector<int32_t> tokens = someTokens(20);
  ASSERT_TRUE(isOk(runRows(Prefill, {{0, tokens}})));
  std::vector<char> bytes(braid_slot_snapshot_bytes(session.get(), 0));
  EXPECT_TRUE(fails(take(braid_slot_snapshot(session.get(), 0, bytes.data(), bytes.size() - 1)), StatusCode::Usage,
                    {"room for a snapshot"}));
  ASSERT_TRUE(isOk(take(braid_slot_snapshot(session.get(), 0, bytes.data(), bytes.size()))));
  auto restore = [&](const std::vector<char> &altered) {
    return take(braid_slot_restore(session.get(), 0, altered.data(), altered.size()));
  };
  for (size_t length : {size_t{1}, size_t{31}, size_t{32}, bytes.size() - 1})
    EXPECT_TRUE(fails(restore({bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(length)}), StatusCode::BadInput,
                      {"snapshot: expected"}));
  for (size_t i = 0; i < 32; ++i) { // magic, layout, length, bytes
    std::vector<char> altered = bytes;
    altered[i] = static_cast<char>(altered[i] ^ 0x81);
    EXPECT_FALSE(restore(altered).ok()) << i;
  }
  tokens.push_back(3);
  ASSERT_TRUE(isOk(runRows(Decode, {{0, {3}}})));
  EXPECT_EQ(logits, lastRow(expected(tokens)));
}

TEST_F(SessionTest, EveryLimitIsNamed) {
  EXPECT_TRUE(fails(runRows(Prefill, {{0, {1}}, {1, {1}}, {2, {1}}, {3, {1}}, {-1, {1}}}), StatusCode::Limit,
                    {"'max_rows'", "at most 4", "found 5"}));
  EXPECT_TRUE(fails(runRows(Prefill, {{0, someTokens(65)}}), StatusCode::Limit, {"'max_tokens'", "at most 64", "found 65"}));
  EXPECT_TRUE(fails(runRows(Prefill, {{4, {1}}}), StatusCode::Limit, {"'slots'", "below 4", "found 4"}));
  for (int i = 0; i < 12; ++i)
    ASSERT_TRUE(isOk(runRows(Prefill, {{0, someTokens(50)}})));
  EXPECT_TRUE(fails(runRows(Decode, {{0, {1}}}), StatusCode::Limit, {"'max_context'", "at most 600", "600 and 1 more"}));
  EXPECT_EQ(braid_slot_length(session.get(), 0), 600);
}

TEST_F(SessionTest, MalformedBatchesAreErrorsAndChangeNothing) {
  EXPECT_TRUE(fails(runRows(Prefill, {{0, {1, 16}}}), StatusCode::BadInput, {"token 1", "0 to 15", "found 16"}));
  EXPECT_TRUE(fails(runRows(Prefill, {{0, {-1}}}), StatusCode::BadInput, {"token 0", "found -1"}));
  EXPECT_TRUE(fails(runRows(Prefill, {{-1, {99}}}), StatusCode::BadInput, {"token 0", "found 99"}));
  EXPECT_TRUE(fails(runRows(Prefill, {{0, {1}}, {0, {2}}}), StatusCode::Usage, {"slot 0 again in row 1"}));
  EXPECT_TRUE(fails(runRows(Prefill, {{0, {}}}), StatusCode::Usage, {"row_start", "row 0"}));
  EXPECT_TRUE(fails(runRows(Decode, {{0, {1, 2}}}), StatusCode::Usage, {"'decode'", "1 token in row 0", "found 2"}));
  EXPECT_TRUE(fails(runRows(4, {{0, {1}}}), StatusCode::Usage, {"below 4", "found 4"}));
  EXPECT_TRUE(fails(runRows(Prefill, {}), StatusCode::Usage, {"at least 1 row"}));
  const int64_t falling[] = {0, 5, 2}, late[] = {1, 2};
  const int32_t slots[] = {0, 1}, tokens[] = {1, 1, 1, 1, 1};
  logits.assign(2 * tinyVocab, 0);
  braid_batch batch = {sizeof batch, Prefill, 0, 2, falling, slots, tokens};
  EXPECT_TRUE(fails(take(braid_session_run(session.get(), &batch, logits.data(), logits.size())), StatusCode::Usage,
                    {"row_start", "more than 5", "found 2"}));
  batch.rows = 1;
  batch.row_start = late;
  EXPECT_TRUE(fails(take(braid_session_run(session.get(), &batch, logits.data(), logits.size())), StatusCode::Usage,
                    {"row_start", "found 1"}));
  batch.row_start = falling;
  EXPECT_TRUE(fails(take(braid_session_run(session.get(), &batch, logits.data(), 15)), StatusCode::Usage,
                    {"room for 16 logits, found 15"}));
  for (int64_t slot = 0; slot < 4; ++slot)
    EXPECT_EQ(braid_slot_length(session.get(), slot), 0);
}

namespace {
class NextTest : public SessionTest {
protected:
  void SetUp() override {
    SessionTest::SetUp();
    logits.resize(3 * tinyVocab);
  }
  SamplerHandle samplerOf(double temperature, uint64_t seed, int64_t vocabSize = tinyVocab) {
    braid_sampling sampling = {sizeof sampling, temperature, 0, 1, 0, seed};
    braid_sampler *sampler = nullptr;
    EXPECT_TRUE(isOk(take(braid_sampler_create(&sampling, vocabSize, &sampler))));
    return SamplerHandle(sampler);
  }
  Status next(int32_t entry, int64_t rows, std::vector<braid_sampler *> samplers) {
    braid_batch batch = {sizeof batch, entry, 0, rows, rowStart, slots, tokens};
    return take(braid_session_next(session.get(), &batch, logits.data(), logits.size(), samplers.data(), tokens));
  }

  const int64_t rowStart[4] = {0, 1, 2, 3};
  const int32_t slots[3] = {2, 0, 1};
  int32_t tokens[3] = {5, 9, 3};
};
} // namespace

TEST_F(NextTest, DrawsWhatASamplerDrawsFromTheCallsLogits) {
  SamplerHandle warm = samplerOf(0.8, 1), hot = samplerOf(5, 2), warmAgain = samplerOf(0.8, 1), hotAgain = samplerOf(5, 2);
  std::vector<int32_t> rows[3] = {{5}, {9}, {3}};
  for (int step = 0; step < 40; ++step) {
    // The middle row draws nothing and is given the same token again.
    ASSERT_TRUE(isOk(next(Decode, 3, {warm.get(), nullptr, hot.get()})));
    braid_sampler *again[3] = {warmAgain.get(), nullptr, hotAgain.get()};
    for (int row = 0; row < 3; ++row) {
      std::vector<float> wanted = lastRow(expected(rows[row]));
      int32_t token = 9;
      if (again[row]) {
        ASSERT_TRUE(isOk(take(braid_sampler_next(again[row], wanted.data(), &token))));
      }
      ASSERT_EQ(std::vector<float>(logits.begin() + row * tinyVocab, logits.begin() + (row + 1) * tinyVocab), wanted);
      ASSERT_EQ(tokens[row], token) << "row " << row << " step " << step;
      rows[row].push_back(token);
    }
  }
}

TEST_F(NextTest, MistakesAreErrorsAndChangeNothing) {
  SamplerHandle greedy = samplerOf(0, 0), other = samplerOf(0, 0, tinyVocab + 1);
  braid_batch batch = {sizeof batch, Decode, 0, 1, rowStart, slots, tokens};
  braid_sampler *samplers[] = {greedy.get()};
  auto call = [&](const braid_batch *given, float *to, size_t room, braid_sampler *const *drawing, int32_t *drawn) {
    return take(braid_session_next(session.get(), given, to, room, drawing, drawn));
  };
  EXPECT_TRUE(fails(take(braid_session_next(nullptr, &batch, logits.data(), logits.size(), samplers, tokens)),
                    StatusCode::Usage, {"'session'"}));
  EXPECT_TRUE(fails(call(nullptr, logits.data(), logits.size(), samplers, tokens), StatusCode::Usage, {"'batch'"}));
  EXPECT_TRUE(fails(call(&batch, nullptr, logits.size(), samplers, tokens), StatusCode::Usage, {"'logits'"}));
  EXPECT_TRUE(fails(call(&batch, logits.data(), logits.size(), nullptr, tokens), StatusCode::Usage, {"'samplers'"}));
  EXPECT_TRUE(fails(call(&batch, logits.data(), logits.size(), samplers, nullptr), StatusCode::Usage, {"'next'"}));
  EXPECT_TRUE(fails(call(&batch, logits.data(), 15, samplers, tokens), StatusCode::Usage, {"room for 16 logits, found 15"}));
  EXPECT_TRUE(fails(next(Score, 1, {greedy.get()}), StatusCode::Usage, {"'score'", "logits of each row", "each token"}));
  EXPECT_TRUE(fails(next(4, 1, {greedy.get()}), StatusCode::Usage, {"below 4", "found 4"}));
  EXPECT_TRUE(fails(next(Decode, 2, {greedy.get(), other.get()}), StatusCode::Usage, {"row 1", "16 logits", "one of 17"}));
  tokens[0] = 16;
  EXPECT_TRUE(fails(next(Decode, 1, {greedy.get()}), StatusCode::BadInput, {"token 0", "found 16"}));
  EXPECT_EQ(tokens[0], 16);
  for (int64_t slot = 0; slot < 4; ++slot)
    EXPECT_EQ(braid_slot_length(session.get(), slot), 0);
}

TEST_F(NextTest, ANaNNamesItsRow) {
  braid_weight_info bias = {};
  bias.size = sizeof bias;
  ASSERT_TRUE(isOk(take(braid_program_weight(program.get(), 1, &bias))));
  // Weights from a seed lie in memory of the program's own.
  static_cast<float *>(const_cast<void *>(bias.data))[0] = std::nanf("");
  SamplerHandle greedy = samplerOf(0, 0);
  EXPECT_TRUE(fails(next(Decode, 3, {nullptr, greedy.get(), greedy.get()}), StatusCode::BadInput,
                    {"row 1, logit 0: expected a number, found NaN"}));
  EXPECT_EQ(tokens[1], 9);
  EXPECT_EQ(braid_slot_length(session.get(), 0), 1); // the call itself was made
}

TEST_F(SessionTest, SlotOperationsCheckTheirSlots) {
  char buffer[64] = {};
  EXPECT_EQ(braid_slot_length(session.get(), 4), -1);
  EXPECT_EQ(braid_slot_length(session.get(), -1), -1);
  EXPECT_EQ(braid_slot_snapshot_bytes(session.get(), 4), 0u);
  EXPECT_TRUE(fails(take(braid_slot_reset(session.get(), 4)), StatusCode::Limit, {"'slots'", "found 4"}));
  EXPECT_TRUE(fails(take(braid_slot_copy(session.get(), 0, -1)), StatusCode::Limit, {"'slots'", "found -1"}));
  EXPECT_TRUE(fails(take(braid_slot_snapshot(session.get(), 9, buffer, 64)), StatusCode::Limit, {"found 9"}));
  EXPECT_TRUE(fails(take(braid_slot_restore(session.get(), 9, buffer, 64)), StatusCode::Limit, {"found 9"}));
}

TEST_F(SessionTest, PagesComeBack) {
  // Four slots of 600 tokens take every page; taking turns must never run out.
  for (uint32_t round = 0; round < 6; ++round)
    for (int32_t i = 0; i < 4; ++i) {
      int32_t slot = (i + static_cast<int32_t>(round)) % 4;
      ASSERT_TRUE(isOk(take(braid_slot_reset(session.get(), slot))));
      std::vector<int32_t> tokens = someTokens(600, round * 7 + static_cast<uint32_t>(slot));
      for (size_t at = 0; at < 600; at += 60)
        ASSERT_TRUE(isOk(runRows(Prefill, {{slot, part(tokens, at, at + 60)}})));
      ASSERT_EQ(logits, lastRow(expected(tokens)));
    }
}

TEST(Session, LimitsAreChecked) {
  ProgramHandle program = loadTiny();
  ASSERT_TRUE(program);
  struct Case {
    int64_t braid_session_options::*field;
    const char *name;
  };
  for (Case c : {Case{&braid_session_options::max_rows, "'max_rows'"}, Case{&braid_session_options::max_tokens, "'max_tokens'"},
                 Case{&braid_session_options::max_context, "'max_context'"}, Case{&braid_session_options::slots, "'slots'"}})
    for (int64_t bad : {int64_t{0}, int64_t{-1}, INT64_MAX}) {
      braid_session_options limits = tinyLimits();
      limits.*c.field = bad;
      braid_session *session = nullptr;
      EXPECT_TRUE(fails(take(braid_session_create(program.get(), &limits, &session)), StatusCode::Usage, {c.name}));
      EXPECT_FALSE(session);
    }
}

TEST(Session, TooLargeForTheMachineIsAnError) {
  ProgramHandle program = loadTiny();
  ASSERT_TRUE(program);
  braid_session_options limits = tinyLimits();
  limits.slots = 1 << 10;
  limits.max_context = int64_t{1} << 36;
  braid_session *session = nullptr;
  EXPECT_TRUE(fails(take(braid_session_create(program.get(), &limits, &session)), StatusCode::OutOfMemory,
                    {"available bytes"}));
  uint64_t bytes = 0;
  EXPECT_TRUE(isOk(take(braid_session_bytes(program.get(), &limits, &bytes))));
  EXPECT_GT(bytes, uint64_t{1} << 46);
}

TEST(Session, OutlivesItsProgram) {
  ProgramHandle program = loadTiny();
  ASSERT_TRUE(program);
  std::vector<int32_t> tokens = someTokens(10);
  std::vector<float> wanted = lastRow(expectedLogits(program, tokens)), logits;
  SessionHandle session = openTiny(program);
  program.reset();
  ASSERT_TRUE(isOk(run(session, Prefill, {{0, tokens}}, logits)));
  EXPECT_EQ(logits, wanted);
}
