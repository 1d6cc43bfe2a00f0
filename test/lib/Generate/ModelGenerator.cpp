//===- ModelGenerator.cpp - Random descriptions of models -----------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelGenerator.h"
#include "Evaluators.h"
#include "LoadedFunctions.h"
#include "Values.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Import/Import.h"
#include "mlir/IR/Diagnostics.h"
#include <algorithm>
#include <numeric>

using namespace mlir;

namespace braid::generate {

using property::Random;

/// Of all channels of a head or some, plain, stretched, or stretched by bands.
static std::string describeRope(Random &random, int64_t headDim) {
  int64_t rotary = random.chance(0.5) ? headDim : 2 * random.between(1, headDim / 2);
  std::string factor = cat("\"factor\": ", random.pick({1.0, 2.5, 8.0}));
  std::string scaling = random.chance(0.5) ? "null"
                        : random.chance(0.5)
                            ? cat("{\"type\": \"linear\", ", factor, "}")
                            : cat("{\"type\": \"llama3\", ", factor, ", \"low_freq_factor\": 1, ",
                                  "\"high_freq_factor\": 4, \"original_max_position_embeddings\": ",
                                  random.scale(1, 8192), "}");
  // The half keeps the product, which is rounded down, from falling below.
  double fraction = std::min(1.0, (double(rotary) + 0.5) / double(headDim));
  return cat("{\"base\": ", random.scale(10, 1000000), ", \"fraction\": ", fraction, ", \"scaling\": ", scaling, "}");
}

std::string generateDescription(Random &random) {
  std::string pattern;
  for (int64_t layers = random.scale(1, 4); layers > 0; --layers)
    pattern += random.pick({'m', 'M', '*', '-', '+'});
  int64_t groups = random.scale(1, 4), kvHeads = random.scale(1, 3), headDim = 2 * random.scale(1, 33);
  auto flag = [&] { return random.chance(0.5) ? "true" : "false"; };
  std::string rope = random.chance(0.5) ? "null" : describeRope(random, headDim);
  return cat("{\"pattern\": \"", pattern, "\", \"d_model\": ", random.scale(1, 130), ", \"vocab_size\": ",
             random.scale(1, 600), ", \"tied\": ", flag(), ", \"residual_in_fp32\": ", flag(), ", \"dtype\": \"",
             random.pick({"f64", "f32", "bf16"}), "\",\n \"norm\": {\"kind\": \"",
             random.pick({"rms_norm", "layer_norm"}), "\", \"plus_one\": ", flag(), "},\n \"mamba2\": {\"heads\": ",
             groups * random.scale(1, 3), ", \"head_dim\": ", random.scale(1, 70), ", \"groups\": ", groups,
             ", \"state\": ", random.scale(1, 130), ", \"conv\": ", random.scale(1, 9), ", \"chunk\": ",
             random.scale(1, 260), ", \"conv_bias\": ", flag(), ", \"bias\": ", flag(),
             "},\n \"mamba\": {\"inner\": ", random.scale(1, 260), ", \"state\": ", random.scale(1, 130),
             ", \"conv\": ", random.scale(1, 9), ", \"dt_rank\": ", random.scale(1, 20), ", \"conv_bias\": ", flag(),
             ", \"bias\": ", flag(), "},\n \"attention\": {\"bias\": ", flag(), ", \"heads\": ",
             kvHeads * random.scale(1, 4), ", \"kv_heads\": ", kvHeads, ", \"head_dim\": ", headDim, ", \"rope\": ", rope,
             "},\n \"mlp\": {\"width\": ", random.scale(1, 260), ", \"activation\": \"",
             random.pick({"silu", "gelu", "gelu_tanh", "relu", "relu2"}), "\", \"gated\": ", flag(),
             ", \"bias\": ", flag(), "}}");
}

OwningOpRef<ModuleOp> importDescription(const std::string &text, MLIRContext &context) {
  Result<ModelSpec> spec = parseModelSpec(text, "description", {}, [](std::string_view) {});
  if (spec.ok())
    return buildModel(*spec, &context);
  emitError(UnknownLoc::get(&context)) << spec.status().message();
  return {};
}

static DType coarsestOf(ModuleOp module) {
  DType coarsest = DType::F64;
  for (auto weight : module.getOps<WeightOp>())
    if (DType dtype = dtypeOf(weight.getTensorType().getElementType()); dtype == DType::BF16 || coarsest == DType::F64)
      coarsest = dtype;
  return coarsest == DType::F64 ? DType::F32 : coarsest; // logits are f32
}

CheckResult checkModel(ModuleOp module, uint64_t seed) {
  auto loaded = LoadedFunctions::compile(module, seed);
  if (!loaded.ok())
    return {loaded.status().message(), INFINITY};
  Random random(seed, "tokens");
  int64_t batch = random.between(1, 3), length = random.scale(1, 140);
  SmallVector<int32_t> tokens, slots(batch);
  SmallVector<int64_t> rowStart;
  for (int64_t i = 0; i < batch * length; ++i)
    tokens.push_back(int32_t(random.between(0, (*loaded)->manifest().model->vocabSize - 1)));
  for (int64_t row = 0; row <= batch; ++row)
    rowStart.push_back(row * length);
  std::iota(slots.begin(), slots.end(), 0);

  Comparison comparison(coarsestOf(module));
  Result<Tensor> found = (*loaded)->score(tokens, batch, length);
  if (!found.ok())
    return {found.status().message(), INFINITY};
  auto evaluators = Evaluators::create(module, (*loaded)->weights(), "forward");
  if (!evaluators)
    return {"the evaluator cannot run this model", INFINITY};
  Tensor ids(ArrayRef<int64_t>{int64_t(tokens.size())});
  llvm::copy(tokens, ids.data.begin());
  auto expected = evaluators->call(ids, rowStart, slots);
  if (!expected)
    return {"the evaluator cannot make this call", INFINITY};
  comparison.compare(*found, expected->front(), {}, "logits");
  return comparison.result;
}

} // namespace braid::generate
