//===- SelectiveScan.cpp - Cases of the selective scan --------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScanDraws.h"
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

static void writeScan(ModuleText &m) {
  int64_t channels = m["channels"], state = m["state"];
  m.input("x", channels, normal);
  m.input("dt", channels, rawStep);
  m.input("b", state, normal);
  m.input("c", state, normal);
  m.parameter("a_log", {channels, state}, logOfDecay, /*wide=*/true);
  m.parameter("d", {channels}, normal, /*wide=*/true);
  m.parameter("dt_bias", {channels}, biasOfStep, /*wide=*/true);
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

static const Operator operators[] = {{"selective_scan", drawSizes, writeScan, work, roundsState}};
static const RegisterOperators registration(operators);
