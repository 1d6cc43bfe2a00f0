//===- LinearOperators.cpp - Cases of a linear layer and its adjoints -----===//
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

static int64_t workOfProduct(const Sizes &sizes, int64_t tokens) {
  int64_t inputs = sizes.at("inputs"), outputs = sizes.at("outputs");
  return inputs * outputs * (tokens + 8) + 30 * (inputs + outputs) * tokens + 2000 * tokens;
}

//===----------------------------------------------------------------------===//
// linear, linear_input_gradient
//===----------------------------------------------------------------------===//

static void drawProduct(Random &random, Sizes &sizes) {
  sizes["inputs"] = drawWidth(random);
  sizes["outputs"] = drawWidth(random);
  sizes["epilogue"] = random.between(0, 5); // none, activation, gate of it, gate by it, residual, cast
  sizes["activation"] = random.between(0, 5);
  sizes["joined"] = random.chance(0.5) ? random.between(1, 9) : 0;
}

static void drawLinear(Random &random, Sizes &sizes) {
  drawProduct(random, sizes);
  sizes["bias"] = random.chance(0.3);
}

/// The inputs of the epilogue of %y, which come behind x.
static void writeInputs(ModuleText &m) {
  int64_t n = m["outputs"], epilogue = m["epilogue"];
  m.input("x", m["inputs"], normal);
  if (epilogue == 2 || epilogue == 3)
    m.input("other", n, normal);
  if (epilogue == 4)
    m.input("residual", n, normal, /*wide=*/true);
}

static void writeEpilogue(ModuleText &m) {
  int64_t n = m["outputs"];
  std::string y = m.type(n), wide = m.type(n, true);
  Twine activation(activationNames[m["activation"]]);
  switch (m["epilogue"]) {
  case 1:
    m.line("%z = braid.activation <" + activation + "> %y : " + y);
    return m.result("%z", n);
  case 2:
    m.line("%z = braid.gate <" + activation + "> %y, %other : " + y);
    return m.result("%z", n);
  case 3:
    m.line("%z = braid.gate <" + activation + "> %other, %y : " + y);
    return m.result("%z", n);
  case 4:
    m.line("%z = braid.add %residual, %y" + typed({wide, y}, wide));
    return m.result("%z", n, /*wide=*/true);
  case 5:
    m.line("%z = braid.cast %y" + typed({y}, wide));
    return m.result("%z", n, /*wide=*/true);
  default:
    return m.result("%y", n);
  }
}

static void writeLinear(ModuleText &m) {
  int64_t k = m["inputs"], n = m["outputs"];
  writeInputs(m);
  m.parameter("w", {n, k}, scaled(k));
  bool hasBias = m["bias"];
  if (hasBias)
    m.parameter("b", {n}, normal);
  m.line(Twine("%y = braid.linear %x, %w") + (hasBias ? " bias(%b)" : "") +
         (hasBias ? typed({m.type(k), m.fixed({n, k}), m.fixed({n})}, m.type(n))
                  : typed({m.type(k), m.fixed({n, k})}, m.type(n))));
  writeEpilogue(m);
}

/// Its input is dy.
static void writeInputGradient(ModuleText &m) {
  int64_t k = m["inputs"], n = m["outputs"];
  writeInputs(m);
  m.parameter("w", {k, n}, scaled(k));
  m.line("%y = braid.linear_input_gradient %x, %w" + typed({m.type(k), m.fixed({k, n})}, m.type(n)));
  writeEpilogue(m);
}

//===----------------------------------------------------------------------===//
// linear_weight_gradient
//===----------------------------------------------------------------------===//

static void drawWeightGradient(Random &random, Sizes &sizes) {
  sizes["inputs"] = drawWidth(random);
  sizes["outputs"] = drawWidth(random);
  // What the rounding of few numbers costs is luck, and all tokens would share it.
  sizes["wide"] = sizes["inputs"] * sizes["outputs"] < 256 || random.chance(0.5);
  sizes["of_x"] = random.chance(0.5);
  sizes["joined"] = random.chance(0.5) ? random.between(1, 9) : 0;
}

/// A module's result has tokens, a weight's gradient has none: so it is multiplied by what it was made of, x dW^T or dy dW.
/// There a token meets its own share, dy |x|^2 or x |dy|^2, and nothing cancels.
static void writeWeightGradient(ModuleText &m) {
  int64_t k = m["inputs"], n = m["outputs"];
  bool wide = m["wide"];
  m.input("x", k, normal);
  m.input("dy", n, normal);
  m.line("%dw = braid.linear_weight_gradient %dy, %x" + typed({m.type(n), m.type(k)}, m.fixed({n, k}, wide)));
  bool ofX = m["of_x"];
  int64_t from = ofX ? k : n, to = ofX ? n : k;
  m.line(Twine("%y = braid.") + (ofX ? "linear %x" : "linear_input_gradient %dy") + ", %dw" +
         typed({m.type(from), m.fixed({n, k}, wide)}, m.type(to, wide)));
  m.result("%y", to, wide);
}

static int64_t workOfWeightGradient(const Sizes &sizes, int64_t tokens) { return 2 * workOfProduct(sizes, tokens); }

static bool always(const Sizes &) { return true; }

static Operator weightGradient() {
  Operator op{"linear_weight_gradient", drawWeightGradient, writeWeightGradient, workOfWeightGradient, always};
  op.sumsOverRows = true;
  return op;
}

static const Operator operators[] = {
    {"linear", drawLinear, writeLinear, workOfProduct},
    {"linear_input_gradient", drawProduct, writeInputGradient, workOfProduct},
    weightGradient(),
};
static const RegisterOperators registration(operators);
