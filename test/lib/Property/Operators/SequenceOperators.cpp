//===- SequenceOperators.cpp - Cases of the sequence operators ------------===//
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

//===----------------------------------------------------------------------===//
// causal_conv1d
//===----------------------------------------------------------------------===//

static void drawConv(Random &random, Sizes &sizes) {
  sizes["channels"] = random.chance(0.5) ? random.pick<int64_t>({1, 2, 16, 63, 64, 65, 128, 130}) : random.scale(1, 300);
  sizes["width"] = random.pick<int64_t>({1, 2, 3, 4, 4, 5, 8});
  sizes["bias"] = random.chance(0.7);
  sizes["silu"] = random.chance(0.7);
  sizes["joined"] = random.chance(0.5) ? random.between(1, 9) : 0;
}

static void writeConv(ModuleText &m) {
  int64_t channels = m["channels"], width = m["width"];
  bool bias = m["bias"];
  m.input("x", channels, normal);
  m.parameter("w", {channels, 1, width}, scaled(width));
  if (bias)
    m.parameter("b", {channels}, normal);
  if (width > 1)
    m.state("tail", "conv_tail", Twine(width - 1).str() + "x" + Twine(channels).str());
  m.line(Twine("%y = braid.causal_conv1d <") + (m["silu"] ? "silu" : "none") + "> %x, %w" + (bias ? " bias(%b)" : "") +
         " rows(%rows)" + (width > 1 ? " state(@tail)" : "") + " : (" + m.type(channels) + ", " +
         m.fixed({channels, 1, width}) + (bias ? ", " + m.fixed({channels}) : "") + ", !braid.rows<>) -> " +
         m.type(channels));
  m.result("%y", channels);
}

static int64_t workOfConv(const Sizes &sizes, int64_t tokens) {
  return sizes.at("channels") * (sizes.at("width") * 4 + 20) * tokens + 3000 * tokens;
}

//===----------------------------------------------------------------------===//
// ssd_scan
//===----------------------------------------------------------------------===//

static void drawSSD(Random &random, Sizes &sizes) {
  sizes["groups"] = random.pick<int64_t>({1, 1, 2, 3, 5, 8});
  sizes["heads"] = sizes["groups"] * random.between(1, 3);
  sizes["head_dim"] = random.pick<int64_t>({1, 4, 8, 16, 24, 56, 64, 80});
  sizes["state"] = random.chance(0.7) ? random.pick<int64_t>({16, 24, 32, 64, 128, 256}) : random.between(16, 256);
  sizes["chunk"] = random.chance(0.7) ? random.pick<int64_t>({16, 32, 64, 128, 256}) : random.between(16, 256);
  bool inRoles = random.chance(0.4); // what Hopper's own schedule takes
  if (inRoles) {
    sizes["head_dim"] = 8 * random.between(1, 17);
    sizes["state"] = random.chance(0.7) ? 16 * random.between(1, 8) : 64 * random.between(3, 4);
    sizes["chunk"] = 64 * random.between(1, 4);
  }
  sizes["limits"] = random.chance(0.2);
  sizes["bf16_state"] = random.chance(0.2); // where the model is bf16
  sizes["joined"] = random.chance(inRoles ? 0.1 : 0.5) ? random.between(1, 9) : 0;
}

/// The scan, and its chunk states where they are asked for: those are the module's result.
static void writeSSD(ModuleText &m) {
  int64_t heads = m["heads"], inner = heads * m["head_dim"], shared = m["groups"] * m["state"];
  bool wideState = !m["bf16_state"];
  m.input("x", inner, normal);
  m.input("b", shared, normal);
  m.input("c", shared, normal);
  m.input("dt", heads, rawStep);
  m.parameter("a_log", {heads}, logOfDecay, /*wide=*/true);
  m.parameter("d", {heads}, normal, /*wide=*/true);
  m.parameter("dt_bias", {heads}, biasOfStep, /*wide=*/true);
  m.state("ssm", "recurrent", (Twine(heads) + "x" + Twine(m["head_dim"]) + "x" + Twine(m["state"])).str(), wideState);
  std::string vector = m.fixed({heads}, true);
  int64_t saved = m["saves_states"] ? heads * m["head_dim"] * m["state"] / m["chunk"] : 0;
  m.line(Twine(saved ? "%y, %s" : "%y") + " = braid.ssd_scan %x, %dt, %b, %c, %a_log, %d, %dt_bias rows(%rows) state(@ssm) {heads = " + Twine(heads) +
         " : i64, head_dim = " + Twine(m["head_dim"]) + " : i64, groups = " + Twine(m["groups"]) +
         " : i64, state_size = " + Twine(m["state"]) + " : i64, chunk = " + Twine(m["chunk"]) + " : i64, " +
         (m["limits"] ? "dt_min = 0.002 : f64, dt_max = 0.05 : f64" : "dt_min = 0.0 : f64, dt_max = 0x7FF0000000000000 : f64") +
         "} : (" + m.type(inner) + ", " + m.type(heads) + ", " + m.type(shared) + ", " + m.type(shared) + ", " + vector +
         ", " + vector + ", " + vector + ", !braid.rows<>) -> " +
         (saved ? "(" + m.type(inner) + ", " + m.type(saved, true) + ")" : m.type(inner)));
  saved ? m.result("%s", saved, /*wide=*/true) : m.result("%y", inner);
}

static int64_t elementsOfState(const Sizes &sizes) {
  return sizes.at("heads") * sizes.at("head_dim") * sizes.at("state");
}

/// Chunks that divide the state.
static void drawChunkStates(Random &random, Sizes &sizes) {
  drawSSD(random, sizes);
  sizes["saves_states"] = 1;
  sizes["chunk"] = random.pick<int64_t>({1, 2, 16, 64, 64, 128, 256, sizes["chunk"]});
  while (elementsOfState(sizes) % sizes["chunk"])
    --sizes["chunk"];
}

static int64_t workOfSSD(const Sizes &sizes, int64_t tokens) {
  return (sizes.at("heads") * sizes.at("head_dim") * sizes.at("state") * 8 + 6000) * tokens;
}

static int64_t workOfChunkStates(const Sizes &sizes, int64_t tokens) {
  return workOfSSD(sizes, tokens) + elementsOfState(sizes) / sizes.at("chunk") * 8 * tokens;
}

//===----------------------------------------------------------------------===//
// attention
//===----------------------------------------------------------------------===//

static void drawAttention(Random &random, Sizes &sizes) {
  sizes["kv_heads"] = random.between(1, 4);
  sizes["heads"] = sizes["kv_heads"] * random.pick<int64_t>({1, 2, 3, 4, 7});
  sizes["head_dim"] = random.pick<int64_t>({1, 4, 8, 16, 24, 56, 64, 80, 128});
  sizes["joined"] = random.chance(0.5) ? random.between(1, 9) : 0;
  if (random.chance(0.35)) { // what Hopper's own schedule takes; few heads, for long rows
    sizes["kv_heads"] = random.between(1, 2);
    sizes["heads"] = sizes["kv_heads"] * random.between(1, 2);
    sizes["head_dim"] = 16 * random.scale(1, 16);
    sizes["joined"] = 4 * random.between(0, 2);
  }
}

static void writeAttention(ModuleText &m) {
  int64_t queries = m["heads"] * m["head_dim"], shared = m["kv_heads"] * m["head_dim"];
  // Sharper than a model's, so that the maximum matters.
  auto sharp = [](Random &random, int64_t, const Case &c) { return (c.hard ? 4 : 1.5) * random.normal(); };
  m.input("q", queries, sharp);
  m.input("k", shared, sharp);
  m.input("v", shared, normal);
  std::string shape = ("?x" + Twine(m["kv_heads"]) + "x" + Twine(m["head_dim"])).str();
  m.state("key", "kv", shape);
  m.state("value", "kv", shape);
  m.line("%y = braid.attention %q, %k, %v rows(%rows) state(@key, @value) {heads = " + Twine(m["heads"]) +
         " : i64, kv_heads = " + Twine(m["kv_heads"]) + " : i64, head_dim = " + Twine(m["head_dim"]) +
         " : i64, scale = " + Twine(std::to_string(1 / std::sqrt(double(m["head_dim"])))) + " : f64} : (" +
         m.type(queries) + ", " + m.type(shared) + ", " + m.type(shared) + ", !braid.rows<>) -> " + m.type(queries));
  m.result("%y", queries);
}

static int64_t workOfAttention(const Sizes &sizes, int64_t tokens) {
  return (sizes.at("heads") + 4 * sizes.at("kv_heads")) * (sizes.at("head_dim") + 4) * tokens * (tokens + 1) / 2 +
         4000 * tokens;
}

static int64_t channelsOfSSD(const Sizes &sizes) { return sizes.at("heads") * sizes.at("head_dim"); }

static Operator ssdScan() {
  Operator op{"ssd_scan", drawSSD, writeSSD, workOfSSD, roundsState};
  op.border = [](const Sizes &sizes) { return sizes.at("chunk"); }; // within a chunk the scan is another sum
  op.sharing = [](const Sizes &sizes) { return sizes.at("head_dim"); }; // a head's channels have one weight
  op.channels = channelsOfSSD;
  return op;
}

static Operator chunkStates() {
  Operator op{"ssd_scan_chunk_states", drawChunkStates, writeSSD, workOfChunkStates};
  op.dependsOnCalls = [](const Sizes &) { return true; }; // chunks are counted from where a call's row starts
  op.channels = channelsOfSSD;
  return op;
}

static Operator attention() {
  Operator op{"attention", drawAttention, writeAttention, workOfAttention};
  op.borderInRoles = 16; // the queries of a warp move their maxima together
  return op;
}

static const Operator operators[] = {
    {"causal_conv1d", drawConv, writeConv, workOfConv}, ssdScan(), chunkStates(), attention()};
static const RegisterOperators registration(operators);
