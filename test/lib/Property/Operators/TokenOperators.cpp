//===- TokenOperators.cpp - Cases of the ops on single tokens -------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenDraws.h"
#include "llvm/ADT/Twine.h"

using namespace braid;
using namespace braid::property;
using llvm::Twine;

//===----------------------------------------------------------------------===//
// embedding, last_token
//===----------------------------------------------------------------------===//

static void drawWidthOnly(Random &random, Sizes &sizes) {
  sizes["width"] = drawWidth(random);
  sizes["joined"] = random.chance(0.5) ? random.between(1, 9) : 0;
}

static int64_t workOfWidth(const Sizes &sizes, int64_t tokens) { return sizes.at("width") * tokens * 30 + 2000 * tokens; }

static void writeEmbedding(ModuleText &m) { m.result(m.input("x", m["width"], normal), m["width"]); }

static void writeLastToken(ModuleText &m) {
  int64_t width = m["width"];
  m.input("x", width, normal);
  std::string perRow = "tensor<?x" + std::to_string(width) + "x" + m.element() + ", #braid.per_row>";
  m.line("%y = braid.last_token %x rows(%rows) : (" + m.type(width) + ", !braid.rows<>) -> " + perRow);
  m.result("%y", width, /*wide=*/false, /*perRow=*/true);
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

static void drawNorm(Random &random, Sizes &sizes) {
  drawWidthOnly(random, sizes);
  sizes["plus_one"] = random.chance(0.5);
  sizes["wide"] = random.chance(0.5); // the residual stream is f32
}

static Draw norm(const ModuleText &m) {
  if (m["plus_one"])
    return [](Random &random, int64_t, const Case &) { return random.normal() / 4; };
  return nearOne;
}

static std::string normAttributes(const ModuleText &m) {
  return std::string(" {eps = 1.0e-5 : f64") + (m["plus_one"] ? ", plus_one}" : "}");
}

static void writeRMSNorm(ModuleText &m) {
  int64_t width = m["width"];
  bool wide = m["wide"];
  m.input("x", width, normal, wide);
  m.parameter("w", {width}, norm(m));
  m.line("%y = braid.rms_norm %x, %w" + normAttributes(m) +
         typed({m.type(width, wide), m.fixed({width})}, m.type(width)));
  m.result("%y", width);
}

static void writeLayerNorm(ModuleText &m) {
  int64_t width = m["width"];
  bool wide = m["wide"];
  m.input("x", width, normal, wide);
  m.parameter("w", {width}, norm(m));
  m.parameter("b", {width}, normal);
  m.line("%y = braid.layer_norm %x, %w, %b" + normAttributes(m) +
         typed({m.type(width, wide), m.fixed({width}), m.fixed({width})}, m.type(width)));
  m.result("%y", width);
}

static void drawGatedNorm(Random &random, Sizes &sizes) {
  sizes["groups"] = random.between(1, 8);
  sizes["width"] = sizes["groups"] * random.pick<int64_t>({1, 3, 16, 31, 56, 64, 100, 128});
  sizes["joined"] = random.chance(0.5) ? random.between(1, 9) : 0;
}

static void writeGatedNorm(ModuleText &m) {
  int64_t width = m["width"];
  m.input("x", width, normal);
  m.input("z", width, normal);
  m.parameter("w", {width}, nearOne);
  m.line("%y = braid.gated_rms_norm %x, %z, %w {eps = 1.0e-5 : f64, groups = " + Twine(m["groups"]) + " : i64}" +
         typed({m.type(width), m.type(width), m.fixed({width})}, m.type(width)));
  m.result("%y", width);
}

//===----------------------------------------------------------------------===//
// rope
//===----------------------------------------------------------------------===//

static void drawRope(Random &random, Sizes &sizes) {
  sizes["heads"] = random.between(1, 8);
  sizes["head_dim"] = random.pick<int64_t>({2, 3, 8, 16, 24, 56, 64, 80, 128});
  sizes["rotary"] = random.chance(0.5) ? sizes["head_dim"] / 2 * 2 : 2 * random.between(1, sizes["head_dim"] / 2);
  sizes["base"] = random.pick<int64_t>({10, 10000, 500000});
  sizes["factor"] = random.chance(0.5) ? random.between(2, 32) : 0;
  sizes["context"] = sizes["factor"] && random.chance(0.5) ? random.scale(1, 9000) : 0;
  sizes["low"] = random.between(0, 3);
  sizes["band"] = random.between(1, 8);
  sizes["joined"] = random.chance(0.5) ? random.between(1, 9) : 0;
}

static void writeRope(ModuleText &m) {
  int64_t width = m["heads"] * m["head_dim"];
  m.input("x", width, normal);
  m.line("%at = braid.positions %rows : (!braid.rows<>) -> tensor<?xi64>");
  std::string scaling;
  if (m["factor"])
    scaling += (", factor = " + Twine(m["factor"]) + ".0 : f64").str();
  if (m["context"])
    scaling += (", low_freq_factor = " + Twine(m["low"]) + ".0 : f64, high_freq_factor = " +
                Twine(m["low"] + m["band"]) + ".0 : f64, original_context = " + Twine(m["context"]) + " : i64")
                   .str();
  m.line("%y = braid.rope %x, %at {base = " + Twine(m["base"]) + ".0 : f64, head_dim = " + Twine(m["head_dim"]) +
         " : i64, rotary_dim = " + Twine(m["rotary"]) + " : i64" + scaling + "} : (" + m.type(width) +
         ", tensor<?xi64>) -> " + m.type(width));
  m.result("%y", width);
}

static int64_t workOfRope(const Sizes &sizes, int64_t tokens) {
  return sizes.at("heads") * sizes.at("head_dim") * tokens * 50 + 2000 * tokens;
}

//===----------------------------------------------------------------------===//
// Element by element
//===----------------------------------------------------------------------===//

static void drawElementwise(Random &random, Sizes &sizes) {
  drawWidthOnly(random, sizes);
  sizes["activation"] = random.between(0, 5);
  sizes["wide"] = random.chance(0.5);
}

static double spread(Random &random, int64_t, const Case &c) { return (c.hard ? 20 : 2) * random.normal(); }

static void writeActivation(ModuleText &m) {
  int64_t width = m["width"];
  m.input("x", width, spread);
  m.line(Twine("%y = braid.activation <") + activationNames[m["activation"]] + "> %x : " + m.type(width));
  m.result("%y", width);
}

static void writeGate(ModuleText &m) {
  int64_t width = m["width"];
  m.input("g", width, spread);
  m.input("x", width, normal);
  m.line(Twine("%y = braid.gate <") + activationNames[m["activation"]] + "> %g, %x : " + m.type(width));
  m.result("%y", width);
}

static void writeAdd(ModuleText &m) {
  int64_t width = m["width"];
  bool wide = m["wide"];
  m.input("a", width, normal, wide);
  m.input("b", width, normal);
  m.line("%y = braid.add %a, %b" + typed({m.type(width, wide), m.type(width)}, m.type(width, wide)));
  m.result("%y", width, wide);
}

static void writeScaleRows(ModuleText &m) {
  int64_t width = m["width"];
  bool wide = m["wide"];
  m.input("x", width, normal, wide);
  m.input("s", 1, normal);
  m.line("%y = braid.scale_rows %x, %s" + typed({m.type(width, wide), m.type(1)}, m.type(width)));
  m.result("%y", width);
}

static void writeCast(ModuleText &m) {
  int64_t width = m["width"];
  bool toWide = m["wide"];
  m.input("x", width, normal, !toWide);
  m.line("%y = braid.cast %x" + typed({m.type(width, !toWide)}, m.type(width, toWide)));
  m.result("%y", width, toWide);
}

static bool always(const Sizes &) { return true; }

static const Operator operators[] = {
    {"embedding", drawWidthOnly, writeEmbedding, workOfWidth},
    {"last_token", drawWidthOnly, writeLastToken, workOfWidth, always}, // what is last depends on the calls
    {"rms_norm", drawNorm, writeRMSNorm, workOfWidth},
    {"layer_norm", drawNorm, writeLayerNorm, workOfWidth},
    {"gated_rms_norm", drawGatedNorm, writeGatedNorm, workOfWidth},
    {"rope", drawRope, writeRope, workOfRope},
    {"activation", drawElementwise, writeActivation, workOfWidth},
    {"gate", drawElementwise, writeGate, workOfWidth},
    {"add", drawElementwise, writeAdd, workOfWidth},
    {"scale_rows", drawElementwise, writeScaleRows, workOfWidth},
    {"cast", drawElementwise, writeCast, workOfWidth},
};
static const RegisterOperators registration(operators);
