//===- Mamba.cpp - model_type mamba ----------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Mamba-1 layers alone. The published files are tied, and most do not say so: it
// is what transformers takes where the key is absent.
//
//===----------------------------------------------------------------------===//

#include "Architectures.h"

namespace braid {

namespace {
/// `auto` is a sixteenth of the width, rounded up.
int64_t readRank(KeyReader &keys, int64_t width) {
  std::optional<JsonValue> value = keys.take("time_step_rank");
  if (!value || value->isNumber())
    return keys.sizeOr("time_step_rank", defaultRank(width));
  if (keys.textOr("time_step_rank", "auto") != "auto")
    keys.fail(value->expected("'auto' or an integer"));
  return defaultRank(width);
}
} // namespace

void readMamba(KeyReader &keys, ModelSpec &spec) {
  int64_t layers = keys.size("num_hidden_layers", maxLayers);
  nameLikeNemotronH(spec, std::vector<LayerKind>(layers, LayerKind::Mamba));
  spec.tied = keys.flagOr("tie_word_embeddings", true);
  spec.norm.eps = keys.numberOr("layer_norm_epsilon", 1e-5, 0, 1);
  spec.residualInF32 = keys.flagOr("residual_in_fp32", true);

  MambaSpec &mamba = spec.mamba;
  double inner = keys.numberOr("expand", 2, 0, 1e6) * static_cast<double>(spec.width);
  if (!keys.has("intermediate_size") && keys.ok() && (inner < 1 || inner > static_cast<double>(maxSize)))
    keys.fail(keys.value().error(cat("expected expand * hidden_size to be from 1 to ", maxSize, ", found ", inner)));
  mamba.innerWidth = keys.sizeOr("intermediate_size", static_cast<int64_t>(inner));
  mamba.stateSize = keys.sizeOr("state_size", 16);
  mamba.convWidth = keys.sizeOr("conv_kernel", 4);
  mamba.rank = readRank(keys, spec.width);
  mamba.convBias = keys.flagOr("use_conv_bias", true);
  mamba.projectionBias = keys.flagOr("use_bias", false);
  readTimeStepInit(keys, mamba.initDtLow, mamba.initDtHigh, mamba.initDtFloor);
  requireSiLU(keys, "hidden_act");
  // Older names of the same sizes, ways to draw initial weights, and choices of other programs' kernels.
  keys.ignore({"d_inner", "d_model", "fused_add_norm", "n_layer", "pad_vocab_size_multiple", "rescale_prenorm_residual",
               "ssm_cfg", "time_step_init_scheme", "time_step_scale", "use_associative_scan", "use_mambapy"});
}

} // namespace braid
