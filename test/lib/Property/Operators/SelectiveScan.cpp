//===- SelectiveScan.cpp - Cases of the selective scan --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Operator.h"
#include "llvm/ADT/Twine.h"

using namespace braid;
using namespace braid::property;
using llvm::Twine;

static void drawSizes(Random &random, Sizes &sizes) {
  sizes["channels"] = random.chance(0.6) ? random.pick<int64_t>({1, 2, 15, 16, 31, 32, 33, 64, 65}) : random.scale(1, 200);
  sizes["state"] = random.chance(0.7) ? random.pick<int64_t>({16, 16, 24, 32, 64, 128, 256}) : random.between(1, 256);
  sizes["bf16_state"] = random.chance(0.2); // where the model is bf16
  sizes["joined"] = random.chance(0.5) ? random.between(1, 9) : 0;
}

static double biasOf(const Case &c, int64_t channel) { return Random(c.data, "dt_bias", channel).uniform(-1, 1); }

/// Before softplus, so that dt itself is log-uniform; in the hard set 1e-4 or 5.
static double rawStep(Random &random, int64_t channel, const Case &c) {
  double dt = c.hard ? random.pick({1e-4, 5.0}) : random.logUniform(1e-3, 0.1);
  return std::log(std::expm1(dt)) - biasOf(c, channel);
}

static double logOfDecay(Random &random, int64_t, const Case &c) {
  return std::log(c.hard ? random.pick({1e-3, 100.0}) : random.uniform(1, 16));
}

static void writeScan(ModuleText &m) {
  int64_t channels = m["channels"], state = m["state"];
  m.input("x", channels, normal);
  m.input("dt", channels, rawStep);
  m.input("b", state, normal);
  m.input("c", state, normal);
  m.parameter("a_log", {channels, state}, logOfDecay, /*wide=*/true);
  m.parameter("d", {channels}, normal, /*wide=*/true);
  m.parameter("dt_bias", {channels}, [](Random &, int64_t channel, const Case &c) { return biasOf(c, channel); },
              /*wide=*/true);
  m.state("ssm", "recurrent", (Twine(channels) + "x" + Twine(state)).str(), /*wide=*/!m["bf16_state"]);
  std::string vector = m.fixed({channels}, true);
  m.line("%y = braid.selective_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@ssm) : (" +
         m.type(channels) + ", " + m.type(channels) + ", " + m.type(state) + ", " + m.type(state) + ", " +
         m.fixed({channels, state}, true) + ", " + vector + ", " + vector + ", !braid.rows<>) -> " + m.type(channels));
  m.result("%y", channels);
}

static int64_t work(const Sizes &sizes, int64_t tokens) {
  return (sizes.at("channels") * sizes.at("state") * 10 + 6000) * tokens;
}

static bool roundsState(const Sizes &sizes) { return sizes.at("bf16_state") != 0; }

static const Operator operators[] = {{"selective_scan", drawSizes, writeScan, work, roundsState}};
static const RegisterOperators registration(operators);
