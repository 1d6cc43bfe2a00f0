//===- NemotronH.cpp - model_type nemotron_h -------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Mamba-2, attention and MLP layers in any pattern, each with a norm of its own.
// Attention has no position encoding. The inner width of a Mamba-2 layer is
// mamba_num_heads * mamba_head_dim, whatever `expand` says.
//
//===----------------------------------------------------------------------===//

#include "Architectures.h"

namespace braid {

void nameLikeNemotronH(ModelSpec &spec, const std::vector<LayerKind> &kinds) {
  spec.embedding = "backbone.embeddings.weight";
  spec.finalNorm = "backbone.norm_f";
  spec.head = "lm_head.weight";
  spec.blocks = static_cast<int64_t>(kinds.size());
  for (LayerKind kind : kinds) {
    int64_t index = static_cast<int64_t>(spec.layers.size());
    std::string prefix = cat("backbone.layers.", index);
    spec.layers.push_back({kind, index, prefix + ".norm", prefix + ".mixer"});
  }
}

namespace {
constexpr const char *layerKinds = "layers of kind M (mamba), * (attention) and - (mlp)";

std::vector<LayerKind> readPattern(KeyReader &keys, JsonValue value) {
  Result<std::string_view> pattern = value.asString();
  std::vector<LayerKind> kinds;
  if (!pattern.ok()) {
    keys.fail(pattern.status());
    return kinds;
  }
  for (char letter : *pattern) {
    std::optional<LayerKind> kind = letter == '+' || letter == 'm' ? std::nullopt : layerKindOf(letter);
    if (!kind) {
      keys.fail(value.error(cat("expected ", layerKinds, ", found ", inQuotes(std::string_view(&letter, 1)))));
      return kinds;
    }
    kinds.push_back(*kind);
  }
  return kinds;
}

std::vector<LayerKind> readBlockTypes(KeyReader &keys, JsonValue value) {
  std::vector<LayerKind> kinds;
  if (!value.isArray()) {
    keys.fail(value.expected("a list of layer types"));
    return kinds;
  }
  for (size_t i = 0; i < value.size(); ++i) {
    Result<std::string_view> name = value.at(i).asString();
    if (!name.ok()) {
      keys.fail(name.status());
      return kinds;
    }
    if (*name == "mamba" || *name == "linear_attention")
      kinds.push_back(LayerKind::Mamba2);
    else if (*name == "attention" || *name == "full_attention")
      kinds.push_back(LayerKind::Attention);
    else if (*name == "mlp")
      kinds.push_back(LayerKind::MLP);
    else {
      keys.fail(value.at(i).expected(layerKinds));
      return kinds;
    }
  }
  return kinds;
}

std::vector<LayerKind> readLayers(KeyReader &keys) {
  keys.alias("layer_types", "layers_block_type");
  std::vector<LayerKind> kinds;
  std::optional<JsonValue> types = keys.take("layers_block_type");
  if (types)
    kinds = readBlockTypes(keys, *types);
  if (!types || keys.has("hybrid_override_pattern"))
    if (std::optional<JsonValue> pattern = keys.require("hybrid_override_pattern")) {
      std::vector<LayerKind> letters = readPattern(keys, *pattern);
      if (types && letters != kinds)
        keys.fail(pattern->error("expected the layers of layers_block_type, found others"));
      kinds = std::move(letters);
    }
  keys.ignore({"hybrid_override_pattern"});
  if (keys.ok() && (kinds.empty() || kinds.size() > maxLayers))
    keys.fail(keys.value().error(cat("expected from 1 to ", maxLayers, " layers, found ", kinds.size())));
  int64_t count = static_cast<int64_t>(kinds.size());
  if (int64_t said = keys.sizeOr("num_hidden_layers", std::max<int64_t>(count, 1)); keys.ok() && said != count)
    keys.fail(keys.value().error(cat("expected num_hidden_layers to be the number of layers listed, ", count,
                                     ", found ", said)));
  return kinds;
}
} // namespace

/// Names that transformers reads in place of today's.
static void readOlderNames(KeyReader &keys) {
  keys.alias("attention_head_dim", "head_dim");
  keys.alias("mamba_chunk_size", "chunk_size");
  keys.alias("mamba_conv_bias", "use_conv_bias");
  keys.alias("mamba_d_conv", "conv_kernel");
  keys.alias("mamba_dt_init_floor", "time_step_floor");
  keys.alias("mamba_dt_limit", "time_step_limit");
  keys.alias("mamba_dt_max", "time_step_max");
  keys.alias("mamba_dt_min", "time_step_min");
  keys.alias("mamba_expand", "expand");
  keys.alias("mamba_n_groups", "n_groups");
}

void readNemotronH(KeyReader &keys, ModelSpec &spec) {
  readOlderNames(keys);
  nameLikeNemotronH(spec, readLayers(keys));
  spec.norm.eps = keys.numberOr("layer_norm_epsilon", 1e-5, 0, 1);
  spec.residualInF32 = keys.flagOr("residual_in_fp32", false);
  if (spec.has(LayerKind::Mamba2)) {
    readMamba2Layer(keys, {"mamba_num_heads", "mamba_head_dim", "ssm_state_size", "mamba_hidden_act", /*chunk=*/128},
                    spec.mamba2);
    std::string cache = keys.textOr("mamba_ssm_cache_dtype", "float32");
    if (cache == "bfloat16")
      spec.stateDType = DType::BF16;
    else if (std::optional<JsonValue> value = keys.take("mamba_ssm_cache_dtype"); value && cache != "float32")
      keys.fail(value->expected("float32 or bfloat16"));
  }
  if (spec.has(LayerKind::Attention)) {
    AttentionSpec &attention = spec.attention;
    attention.heads = keys.size("num_attention_heads");
    attention.kvHeads = keys.sizeOr("num_key_value_heads", attention.heads);
    attention.headDim = keys.size("head_dim");
    attention.bias = keys.flagOr("attention_bias", false);
  }
  if (spec.has(LayerKind::MLP)) {
    MLPSpec &mlp = spec.mlp;
    mlp.width = keys.size("intermediate_size");
    mlp.activation = readActivation(keys, "mlp_hidden_act", "relu2");
    mlp.bias = keys.flagOr("mlp_bias", false);
  }
  // Keys of kinds of layers that the pattern does not have, keys of training, and hints to other programs. Attention
  // has no positions here, so nothing bounds them and rope_theta turns nothing.
  keys.ignore({"mamba_num_heads", "mamba_head_dim", "n_groups", "ssm_state_size", "conv_kernel", "chunk_size",
               "use_conv_bias", "use_bias", "time_step_limit", "time_step_min", "time_step_max", "time_step_floor",
               "time_step_rank", "mamba_hidden_act", "mamba_ssm_cache_dtype", "num_attention_heads",
               "num_key_value_heads", "head_dim", "attention_bias", "intermediate_size", "mlp_hidden_act", "mlp_bias",
               "rope_theta", "expand", "max_position_embeddings", "num_logits_to_keep",
               "use_mamba_kernels", "rescale_prenorm_residual", "hidden_dropout", "is_mamba", "rms_norm_eps",
               "n_routed_experts", "n_shared_experts", "moe_intermediate_size", "moe_shared_expert_intermediate_size",
               "moe_latent_size", "moe_shared_expert_overlap", "num_experts_per_tok", "routed_scaling_factor",
               "n_group", "topk_group", "norm_topk_prob", "num_nextn_predict_layers", "mtp_layers_block_type",
               "mtp_hybrid_override_pattern"});
}

} // namespace braid
