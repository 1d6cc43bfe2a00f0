//===- Mamba2.cpp - model_type mamba2 --------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Mamba-2 layers alone. With n_groups > 1 the gated norm takes the mean over each
// group of channels, as mamba_ssm and Megatron-LM do, whose checkpoints these
// are; Hugging Face's own code takes it over all of them. The two agree for one
// group. The gate comes before the norm in all of these codes, whatever the key
// norm_before_gate says, which is true in published files.
//
//===----------------------------------------------------------------------===//

#include "Architectures.h"

namespace braid {

void readTimeStepInit(KeyReader &keys, double &low, double &high, double &floor) {
  low = keys.numberOr("time_step_min", 1e-3, 1e-30, 1e3);
  high = keys.numberOr("time_step_max", 0.1, low, 1e3);
  if (low > high) // which is then the one that is left out
    keys.fail(keys.value().error(cat("expected time_step_min to be at most time_step_max, ", high, ", found ", low)));
  floor = keys.numberOr("time_step_floor", 1e-4, 1e-30, 1e3);
}

void requireSiLU(KeyReader &keys, std::string_view key) {
  if (std::optional<JsonValue> value = keys.take(key))
    if (readActivation(keys, key, "silu") != Nonlinearity::SiLU)
      keys.fail(value->expected("silu"));
}

void readMamba2Layer(KeyReader &keys, const Mamba2Keys &names, Mamba2Spec &mamba2) {
  mamba2.heads = keys.size(names.heads);
  mamba2.headDim = keys.size(names.headDim);
  mamba2.groups = keys.size("n_groups");
  mamba2.stateSize = keys.size(names.stateSize);
  mamba2.convWidth = keys.size("conv_kernel");
  mamba2.chunk = keys.sizeOr("chunk_size", names.chunk);
  mamba2.convBias = keys.flagOr("use_conv_bias", true);
  mamba2.projectionBias = keys.flagOr("use_bias", false);
  readTimeStepLimit(keys, mamba2);
  readTimeStepInit(keys, mamba2.initDtLow, mamba2.initDtHigh, mamba2.initDtFloor);
  requireSiLU(keys, names.activation);
}

void readMamba2(KeyReader &keys, ModelSpec &spec) {
  int64_t layers = keys.size("num_hidden_layers", maxLayers);
  nameLikeNemotronH(spec, std::vector<LayerKind>(layers, LayerKind::Mamba2));
  spec.norm.eps = keys.numberOr("layer_norm_epsilon", 1e-5, 0, 1);
  spec.residualInF32 = keys.flagOr("residual_in_fp32", true);

  readMamba2Layer(keys, {"num_heads", "head_dim", "state_size", "hidden_act", /*chunk=*/256}, spec.mamba2);
  double expand = keys.numberOr("expand", 2, 0, 1e6);
  if (double inner = expand * static_cast<double>(spec.width);
      keys.ok() && static_cast<int64_t>(inner) != spec.mamba2.innerWidth())
    keys.fail(keys.value().error(cat("expected num_heads * head_dim to be expand * hidden_size, ",
                                     static_cast<int64_t>(inner), ", found ", spec.mamba2.innerWidth())));
  // Neither rank, scheme nor scale of the time step is more than a way to draw initial weights.
  keys.ignore({"intermediate_size", "norm_before_gate", "rescale_prenorm_residual", "time_step_init_scheme",
               "time_step_rank", "time_step_scale"});
}

} // namespace braid
