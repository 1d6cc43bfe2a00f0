//===- ContextTest.cpp - Tests of functions on the caller's memory --------===//
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
using ContextHandle = std::unique_ptr<braid_context, Destroy<braid_context_destroy>>;

/// A call of tiny's `accumulate` on memory of its own; a test changes what it wants to see refused.
class Accumulate : public ::testing::Test {
protected:
  void SetUp() override {
    program = loadTiny();
    ASSERT_TRUE(program);
    braid_context_options options = {sizeof options, nullptr, nullptr, 2, 0};
    braid_context *created = nullptr;
    ASSERT_TRUE(isOk(take(braid_context_create(program.get(), &options, &created))));
    context.reset(created);
    entry = braid_program_find_entry(program.get(), "accumulate");
    for (size_t i = 0; i < x.size(); ++i)
      x[i] = static_cast<float>(i + 1);
    uint64_t bytes = 0;
    ASSERT_TRUE(isOk(take(braid_arena_bytes(program.get(), entry, 6, 2, &bytes))));
    EXPECT_EQ(bytes, 128u); // 6 * 16, up to a multiple of 64
    arena.resize(bytes);
    call = {sizeof call, entry, 0,      6,      2, arguments, results, arena.data(),
            rowStart,    slot,  states, length, 3, nullptr,   0,       0,            0};
  }

  Status run() { return take(braid_call_function(context.get(), &call)); }
  void expectRefused(const std::vector<std::string> &words) {
    y.fill(-1);
    EXPECT_TRUE(fails(run(), StatusCode::Usage, words));
    EXPECT_EQ(y[0], -1);
  }

  ProgramHandle program;
  ContextHandle context;
  int32_t entry = 0;
  std::array<float, 24> x, y;
  float bias[4] = {0.5f, 0, 0, 0};
  std::array<float, 12> sum = {9, 9, 9, 9, 1, 2, 3, 4, 7, 7, 7, 7};
  std::vector<char> arena;
  const void *arguments[2] = {x.data(), bias};
  void *results[1] = {y.data()}, *states[3] = {nullptr, sum.data(), nullptr};
  int64_t rowStart[3] = {0, 2, 6}, length[3] = {0, 5, 0};
  int32_t slot[2] = {1, 2};
  braid_function_call call = {};
};
} // namespace

TEST_F(Accumulate, ReadsArgumentsAndStatesAndWritesResults) {
  ASSERT_TRUE(isOk(run()));
  // Row 0 continues slot 1; row 1 starts in slot 2, whatever lies there.
  EXPECT_EQ(y[0], 1 + 1 + 0.5f);
  EXPECT_EQ(y[5], 2 + 2 + 6);
  EXPECT_EQ(y[8], 9 + 0.5f);
  EXPECT_EQ(y[23], 12 + 16 + 20 + 24);
  EXPECT_EQ(sum[4], 1 + 1 + 5);
  EXPECT_EQ(sum[0], 9);
  EXPECT_EQ(length[1], 5) << "lengths are the caller's";
}

TEST_F(Accumulate, PaddingTouchesNothing) {
  slot[0] = -1;
  y.fill(-1);
  ASSERT_TRUE(isOk(run()));
  EXPECT_EQ(y[0], -1);
  EXPECT_EQ(y[8], 9 + 0.5f);
  EXPECT_EQ(sum[4], 1);
}

TEST_F(Accumulate, RefusesTensorsThatAreMissingOrCrooked) {
  call.arguments = nullptr;
  expectRefused({"'accumulate'", "'arguments'"});
  call.arguments = arguments;
  arguments[1] = nullptr;
  expectRefused({"'arguments[1]'"});
  arguments[1] = bias;
  results[0] = reinterpret_cast<char *>(y.data()) + 2;
  expectRefused({"result 0", "multiple of 4"});
  results[0] = y.data();
  call.arena = nullptr;
  expectRefused({"'arena'"});
}

TEST_F(Accumulate, RefusesSizesThatAreNone) {
  call.tokens = 0;
  expectRefused({"tokens: expected 1 to", "found 0"});
  call.tokens = -1;
  expectRefused({"found -1"});
  call.tokens = 6;
  call.rows = 0;
  expectRefused({"rows: expected 1 to", "found 0"});
  call.rows = (1 << 20) + 1;
  expectRefused({"rows: expected 1 to 1048576, found 1048577"});
  uint64_t bytes = 0;
  EXPECT_TRUE(fails(take(braid_arena_bytes(program.get(), entry, -6, 2, &bytes)), StatusCode::Usage, {"found -6"}));
}

TEST_F(Accumulate, RefusesRowsThatDoNotFit) {
  rowStart[1] = 0;
  expectRefused({"row_start: expected more than 0", "row 0", "found 0"});
  rowStart[1] = 7;
  expectRefused({"at most 6", "found 7"});
  rowStart[1] = 2;
  rowStart[2] = 5;
  expectRefused({"rise from 0 to 6", "5 last"});
  rowStart[2] = 6;
  slot[1] = 3;
  expectRefused({"slot below 3", "row 1", "found 3"});
  slot[1] = 1;
  expectRefused({"slot 1 again"});
  slot[1] = 2;
  length[2] = -1;
  expectRefused({"length", "slot 2", "found -1"});
  length[2] = 0;
  states[1] = nullptr;
  expectRefused({"'states[1]'"});
}

TEST_F(Accumulate, AModelsEntryIsNoFunctionAndTheOtherWayRound) {
  call.entry = 0;
  expectRefused({"'prefill'", "a session runs it"});
  call.entry = 9;
  expectRefused({"below 4, found 9"});
  SessionHandle session = openTiny(program);
  std::vector<float> logits;
  EXPECT_TRUE(fails(test::run(session, entry, {{0, {1}}}, logits), StatusCode::Usage, {"'accumulate'", "function"}));
}

TEST_F(Accumulate, DescribesItself) {
  braid_entry_info info = {};
  info.size = sizeof info;
  ASSERT_TRUE(isOk(take(braid_program_entry(program.get(), entry, &info))));
  EXPECT_EQ(info.is_function, 1);
  EXPECT_EQ(info.ragged, 1);
  ASSERT_EQ(info.argument_count, 2);
  ASSERT_EQ(info.result_count, 1);
  ASSERT_EQ(info.state_count, 1u);
  EXPECT_EQ(info.states[0], 1);
  braid_tensor_info tensor = {};
  tensor.size = sizeof tensor;
  ASSERT_TRUE(isOk(take(braid_program_argument(program.get(), entry, 0, &tensor))));
  EXPECT_STREQ(tensor.dtype, "f32");
  EXPECT_EQ(tensor.axis, BRAID_AXIS_TOKENS);
  EXPECT_EQ(tensor.bytes, 16u);
  EXPECT_TRUE(
      fails(take(braid_program_result(program.get(), entry, 1, &tensor)), StatusCode::Usage, {"below 1, found 1"}));
  braid_state_info state = {};
  state.size = sizeof state;
  ASSERT_TRUE(isOk(take(braid_program_state(program.get(), 2, &state))));
  EXPECT_STREQ(state.kind, "kv");
  EXPECT_EQ(state.rank, 3u);
}
