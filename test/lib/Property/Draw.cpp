//===- Draw.cpp - Random cases and smaller ones ---------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Draw.h"
#include <algorithm>

using namespace braid;
using namespace braid::property;

constexpr int64_t longestSlot = 4097;

/// The longest slot whose evaluation touches at most `budget` values.
static int64_t longestWithin(const Operator &op, const Sizes &sizes, int64_t budget) {
  int64_t low = 1, high = longestSlot;
  while (low < high) {
    int64_t middle = (low + high + 1) / 2;
    if (op.work(sizes, middle) <= budget)
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

Sizes property::drawSizes(const Operator &op, Random &random, const Limits &limits) {
  Sizes sizes;
  op.draw(random, sizes);
  int64_t budget = limits.work;
  if (random.chance(0.2)) {
    // Now and then long slots of a small operator.
    budget *= 8;
    for (int i = 0; i < 3; ++i) {
      Sizes other;
      op.draw(random, other);
      if (op.work(other, 100) < op.work(sizes, 100))
        sizes = other;
    }
  }
  sizes["tokens"] = longestWithin(op, sizes, budget);
  return sizes;
}

/// Short, long, or beside a multiple of a chunk, a page or a tile.
static int64_t drawLength(const Sizes &sizes, Random &random) {
  int64_t most = sizes.at("tokens"), length = 1;
  auto chunk = sizes.find("chunk");
  switch (random.between(0, 5)) {
  case 0:
    length = random.between(1, 3);
    break;
  case 1:
    length = most;
    break;
  case 2: {
    int64_t unit = chunk != sizes.end() && random.chance(0.6) ? chunk->second : random.pick<int64_t>({16, 32, 64, 128});
    length = unit * random.scale(1, 8) + random.between(-1, 1);
    break;
  }
  default:
    length = random.scale(1, most);
  }
  return std::clamp<int64_t>(length, 1, most);
}

namespace {
enum class Cut { Whole, Steps, Prompt, Small, Any, Chunks, BesideChunks };
} // namespace

/// The next piece of a slot with `left` tokens left.
static int64_t drawPiece(Cut cut, int64_t left, const Sizes &sizes, Random &random) {
  auto chunk = sizes.find("chunk");
  int64_t unit = chunk == sizes.end() ? random.pick<int64_t>({16, 64}) : chunk->second, size = left;
  switch (cut) {
  case Cut::Whole:
    break;
  case Cut::Steps:
    size = 1;
    break;
  case Cut::Prompt: // then its answer, token by token
    size = left > 16 ? left - random.between(1, 16) : 1;
    break;
  case Cut::Small:
    size = random.between(1, 3);
    break;
  case Cut::Any:
    size = random.scale(1, left);
    break;
  case Cut::Chunks:
    size = unit * random.between(1, 3);
    break;
  case Cut::BesideChunks:
    size = unit * random.between(1, 3) + random.pick<int64_t>({0, -1, 1});
    break;
  }
  return std::clamp<int64_t>(size, 1, left);
}

Case property::drawCase(const Operator &op, DType dtype, const Sizes &sizes, Random &random, const Limits &limits) {
  Case c{op.name.str(), dtype, sizes, random.next() >> 32, random.chance(0.25), {}};
  int slots = int(random.between(1, maxSlots));
  std::vector<int64_t> left(size_t(maxSlots), 0);
  std::vector<Cut> cuts;
  for (int slot = 0; slot < slots; ++slot) {
    left[slot] = drawLength(sizes, random);
    cuts.push_back(random.pick({Cut::Whole, Cut::Steps, Cut::Prompt, Cut::Small, Cut::Any, Cut::Any, Cut::Chunks,
                                Cut::BesideChunks}));
  }
  while (std::any_of(left.begin(), left.end(), [](int64_t tokens) { return tokens > 0; })) {
    Call call{false, {}};
    for (int slot = 0; slot < slots; ++slot) {
      if (left[slot] == 0 || random.chance(0.25))
        continue;
      // After some pieces the rest comes at once: thousands of calls find no more than fifty.
      bool rest = c.calls.size() > limits.calls;
      call.rows.push_back({slot, rest ? left[slot] : drawPiece(cuts[slot], left[slot], sizes, random)});
      left[slot] -= call.rows.back().tokens;
    }
    if (call.rows.empty())
      continue;
    bool single = std::all_of(call.rows.begin(), call.rows.end(), [](Piece piece) { return piece.tokens == 1; });
    call.step = single && random.chance(0.7);
    if (!op.sumsOverRows && random.chance(0.15))
      call.rows.push_back({-1, call.step ? 1 : random.between(1, 3)});
    for (size_t i = call.rows.size(); i > 1; --i)
      std::swap(call.rows[i - 1], call.rows[size_t(random.between(0, int64_t(i) - 1))]);
    c.calls.push_back(std::move(call));
  }
  return c;
}

//===----------------------------------------------------------------------===//
// Shrinking
//===----------------------------------------------------------------------===//

/// Numbers below `value`, far ones first.
static std::vector<int64_t> below(int64_t value, int64_t least) {
  std::vector<int64_t> result;
  for (int64_t candidate : {least, value / 4, value / 2, value - value / 4, value - 1})
    if (candidate >= least && candidate < value && std::find(result.begin(), result.end(), candidate) == result.end())
      result.push_back(candidate);
  return result;
}

std::vector<Case> property::smallerCases(const Case &c) {
  std::vector<Case> result;
  auto add = [&](Case smaller) {
    smaller.calls.erase(std::remove_if(smaller.calls.begin(), smaller.calls.end(),
                                       [](const Call &call) { return call.rows.empty(); }),
                        smaller.calls.end());
    bool real = false;
    for (int slot = 0; slot < maxSlots; ++slot)
      real |= smaller.length(slot) > 0;
    if (real)
      result.push_back(std::move(smaller));
  };
  for (int slot = -1; slot < maxSlots; ++slot) {
    Case without = c;
    for (Call &call : without.calls)
      call.rows.erase(std::remove_if(call.rows.begin(), call.rows.end(), [&](Piece piece) { return piece.slot == slot; }),
                      call.rows.end());
    if (without.print() != c.print())
      add(without);
  }
  for (size_t half : {c.calls.size() / 2, c.calls.size() - 1})
    if (half > 0 && half < c.calls.size()) {
      add({c.op, c.dtype, c.sizes, c.data, c.hard, {c.calls.begin(), c.calls.begin() + long(half)}});
      add({c.op, c.dtype, c.sizes, c.data, c.hard, {c.calls.begin() + long(half), c.calls.end()}});
    }
  for (size_t call = 0; call < c.calls.size() && call < 20; ++call)
    for (size_t row = 0; row < c.calls[call].rows.size(); ++row)
      for (int64_t tokens : below(c.calls[call].rows[row].tokens, 1)) {
        add(c);
        result.back().calls[call].rows[row].tokens = tokens;
      }
  for (auto &[name, value] : c.sizes)
    for (int64_t smaller : below(value, name == "chunk" ? 1 : 0)) { // chunks divide
      if (name == "tokens")
        continue; // bounds the inputs' tables and nothing else
      add(c);
      result.back().sizes[name] = smaller;
    }
  if (c.hard) {
    add(c);
    result.back().hard = false;
  }
  return result;
}
