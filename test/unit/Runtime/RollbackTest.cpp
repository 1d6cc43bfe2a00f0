//===- RollbackTest.cpp - Tests of tokens that are taken back -------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tiny.h"

#include <algorithm>
#include <cstddef>
#include <random>

using namespace braid;
using namespace braid::test;

namespace {
class RollbackTest : public ::testing::Test {
protected:
  void open(int64_t checkpoints, int64_t every = 0) {
    program = loadTiny();
    ASSERT_TRUE(program);
    braid_session_options limits = tinyLimits();
    limits.checkpoints = checkpoints;
    limits.checkpoint_every = every;
    session = openTiny(program, limits);
    ASSERT_TRUE(session);
  }
  /// Gives the slot a piece and checks the logits behind it against the whole sequence.
  void give(int32_t slot, const std::vector<int32_t> &piece) {
    std::vector<int32_t> &tokens = held[slot];
    tokens.insert(tokens.end(), piece.begin(), piece.end());
    ASSERT_TRUE(isOk(run(session, piece.size() == 1 ? Decode : Prefill, {{slot, piece}}, logits)));
    ASSERT_EQ(logits, lastRow(expectedLogits(program, tokens))) << "after " << tokens.size() << " tokens";
  }
  void takeBack(int32_t slot, int64_t count) {
    ASSERT_TRUE(isOk(take(braid_slot_rollback(session.get(), slot, count)))) << count << " of " << held[slot].size();
    held[slot].resize(held[slot].size() - static_cast<size_t>(count));
    ASSERT_EQ(braid_slot_length(session.get(), slot), static_cast<int64_t>(held[slot].size()));
  }

  ProgramHandle program;
  SessionHandle session;
  std::vector<int32_t> held[4];
  std::vector<float> logits;
};
} // namespace

TEST_F(RollbackTest, DraftsThatFailLeaveNoTrace) {
  open(/*checkpoints=*/1);
  give(2, someTokens(40));
  for (uint32_t round = 0; round < 60; ++round) {
    give(2, someTokens(5, round)); // one that is sure and four drafts
    takeBack(2, round % 5);        // 0 to 4 of them fail
  }
}

TEST_F(RollbackTest, PiecesOfOneToThreeAreTakenBackAcrossPages) {
  open(/*checkpoints=*/200);
  std::mt19937 random(7);
  for (int round = 0; round < 400; ++round) {
    int64_t most = braid_slot_rollback_limit(session.get(), 1), length = static_cast<int64_t>(held[1].size());
    ASSERT_LE(most, length);
    if (random() % 4 == 0)
      takeBack(1, std::min<int64_t>(most, static_cast<int64_t>(random() % 200)));
    else if (length < 590)
      give(1, someTokens(1 + random() % 3, static_cast<uint32_t>(round)));
  }
}

TEST_F(RollbackTest, SparseCheckpointsAreBroughtForwardInTheSamePieces) {
  open(/*checkpoints=*/3, /*every=*/50);
  for (uint32_t i = 0; i < 90; ++i)
    give(0, someTokens(1 + i % 3, i)); // 180 tokens; checkpoints at 50, 100 and 150 or a little later
  int64_t most = braid_slot_rollback_limit(session.get(), 0);
  EXPECT_GE(most, 100);
  EXPECT_LT(most, 180);
  EXPECT_TRUE(fails(take(braid_slot_rollback(session.get(), 0, most + 1)), StatusCode::Limit,
                    {"limit 'checkpoints'", "at most " + std::to_string(most) + " tokens of slot 0", "3 checkpoints",
                     "found " + std::to_string(most + 1)}));
  EXPECT_EQ(braid_slot_length(session.get(), 0), 180);
  takeBack(0, 17);
  give(0, {3});
  takeBack(0, braid_slot_rollback_limit(session.get(), 0));
  EXPECT_EQ(braid_slot_rollback_limit(session.get(), 0), 0);
  give(0, {4, 5});
}

TEST_F(RollbackTest, AWholeSequenceIsTakenBack) {
  open(/*checkpoints=*/10);
  give(3, someTokens(60));
  give(3, someTokens(60, 2));
  takeBack(3, 120);
  give(3, someTokens(2, 3));
}

TEST_F(RollbackTest, NeighboursStayWhatTheyAre) {
  open(/*checkpoints=*/2);
  give(0, someTokens(30, 1));
  give(1, someTokens(30, 2));
  for (int i = 0; i < 5; ++i) {
    std::vector<int32_t> a = someTokens(4, 10 + static_cast<uint32_t>(i)), b = someTokens(1, 20 + static_cast<uint32_t>(i));
    ASSERT_TRUE(isOk(run(session, Prefill, {{0, a}, {1, b}}, logits)));
    held[0].insert(held[0].end(), a.begin(), a.end());
    held[1].insert(held[1].end(), b.begin(), b.end());
    ASSERT_EQ(lastRow(logits), lastRow(expectedLogits(program, held[1])));
    takeBack(0, 2);
  }
  give(0, {1});
  give(1, {1});
}

TEST_F(RollbackTest, AForkAndARestoredSlotBeginWhereTheyBegin) {
  open(/*checkpoints=*/4);
  give(0, someTokens(20));
  give(0, {1, 2});
  ASSERT_TRUE(isOk(take(braid_slot_copy(session.get(), 0, 1))));
  held[1] = held[0];
  EXPECT_EQ(braid_slot_rollback_limit(session.get(), 0), 22);
  EXPECT_EQ(braid_slot_rollback_limit(session.get(), 1), 0);
  give(1, {3, 4, 5});
  takeBack(1, 2);
  give(1, {9});
  takeBack(0, 1);
  give(0, {7});
  std::vector<char> bytes(braid_slot_snapshot_bytes(session.get(), 1));
  ASSERT_TRUE(isOk(take(braid_slot_snapshot(session.get(), 1, bytes.data(), bytes.size()))));
  ASSERT_TRUE(isOk(take(braid_slot_restore(session.get(), 0, bytes.data(), bytes.size()))));
  held[0] = held[1];
  EXPECT_TRUE(fails(take(braid_slot_rollback(session.get(), 0, 1)), StatusCode::Limit, {"at most 0 tokens"}));
  give(0, {2});
}

TEST_F(RollbackTest, WhatCannotBeIsAnErrorAndChangesNothing) {
  open(/*checkpoints=*/0);
  give(0, {1, 2, 3});
  EXPECT_EQ(braid_slot_rollback_limit(session.get(), 0), 0);
  EXPECT_EQ(braid_slot_rollback_limit(session.get(), 9), -1);
  EXPECT_TRUE(fails(take(braid_slot_rollback(session.get(), 0, 1)), StatusCode::Limit,
                    {"limit 'checkpoints'", "at most 0 tokens of slot 0", "0 checkpoints", "found 1"}));
  EXPECT_TRUE(fails(take(braid_slot_rollback(session.get(), 0, 4)), StatusCode::Usage, {"0 to 3 tokens", "found 4"}));
  EXPECT_TRUE(fails(take(braid_slot_rollback(session.get(), 0, -1)), StatusCode::Usage, {"found -1"}));
  EXPECT_TRUE(fails(take(braid_slot_rollback(session.get(), 4, 0)), StatusCode::Limit, {"'slots'", "found 4"}));
  EXPECT_TRUE(isOk(take(braid_slot_rollback(session.get(), 0, 0))));
  give(0, {4});
}

TEST_F(RollbackTest, LimitsAndOlderCallers) {
  open(/*checkpoints=*/0);
  braid_session_options limits = tinyLimits();
  uint64_t without = 0, with = 0;
  ASSERT_TRUE(isOk(take(braid_session_bytes(program.get(), &limits, &without))));
  limits.checkpoints = 8;
  ASSERT_TRUE(isOk(take(braid_session_bytes(program.get(), &limits, &with))));
  EXPECT_GT(with, without);
  limits.size = offsetof(braid_session_options, checkpoints); // as 0.1.0 had it: what follows is not read
  ASSERT_TRUE(isOk(take(braid_session_bytes(program.get(), &limits, &with))));
  EXPECT_EQ(with, without);
  for (auto field : {&braid_session_options::checkpoints, &braid_session_options::checkpoint_every}) {
    limits = tinyLimits();
    limits.*field = -1;
    EXPECT_TRUE(fails(take(braid_session_bytes(program.get(), &limits, &with)), StatusCode::Usage, {"limit 'checkpoint", "found -1"}));
  }
  limits = tinyLimits();
  limits.checkpoints = 1 << 20;
  limits.slots = 1 << 24;
  EXPECT_TRUE(isOk(take(braid_session_bytes(program.get(), &limits, &with))));
  EXPECT_GT(with, uint64_t{1} << 44);
}
