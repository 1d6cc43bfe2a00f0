//===- Llama.cpp - model_type llama ----------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Blocks of grouped-query attention with rotary positions and a gated MLP.
//
//===----------------------------------------------------------------------===//

#include "Architectures.h"

#include <cmath>

namespace braid {

namespace {
/// rope_theta and the fraction of the head that turns, at the top or, in newer files, in rope_parameters, as is what
/// older files have in rope_scaling.
RopeSpec readRope(KeyReader &keys, int64_t headDim, double fraction) {
  RopeSpec rope;
  rope.base = keys.numberOr("rope_theta", rope.base, 1, 1e15);
  fraction = keys.numberOr("partial_rotary_factor", fraction, 0, 1);
  keys.alias("rope_scaling", "rope_parameters");
  if (std::optional<KeyReader> parameters = keys.nested("rope_parameters")) {
    parameters->alias("type", "rope_type");
    std::string type = parameters->textOr("rope_type", "default");
    if (type != "default")
      readRopeScaling(*parameters, type, "rope_type", "rope_type default, linear or llama3", rope);
    rope.base = parameters->numberOr("rope_theta", rope.base, 1, 1e15);
    fraction = parameters->numberOr("partial_rotary_factor", fraction, 0, 1);
    for (JsonValue unknown : parameters->unread())
      keys.fail(unknown.error(cat("expected a key of rope_type ", type, ", found another key")));
  }
  rope.rotaryDim = static_cast<int64_t>(std::floor(fraction * static_cast<double>(headDim)));
  return rope;
}

int64_t readHeadDim(KeyReader &keys, const ModelSpec &spec) {
  if (keys.has("head_dim"))
    return keys.size("head_dim");
  keys.ignore({"head_dim"});
  if (spec.width % spec.attention.heads != 0)
    keys.fail(keys.value().error(cat("expected num_attention_heads to divide hidden_size ", spec.width, ", found ",
                                     spec.attention.heads)));
  return std::max<int64_t>(spec.width / spec.attention.heads, 1);
}

/// Newer files list the kind of attention of each layer.
void readLayerTypes(KeyReader &keys, int64_t layers) {
  std::optional<JsonValue> types = keys.take("layer_types");
  if (types && (!types->isArray() || static_cast<int64_t>(types->size()) != layers))
    keys.fail(types->expected(cat("a list of ", layers, " layer types")));
  for (size_t i = 0; types && i < types->size(); ++i) {
    Result<std::string_view> type = types->at(i).asString();
    if (!type.ok() || *type != "full_attention")
      keys.fail(types->at(i).expected("full_attention"));
  }
}
} // namespace

void readDecoderBlocks(KeyReader &keys, ModelSpec &spec, double rotaryFraction) {
  spec.embedding = "model.embed_tokens.weight";
  spec.finalNorm = "model.norm";
  spec.head = "lm_head.weight";
  spec.blocks = keys.size("num_hidden_layers", maxLayers);
  for (int64_t i = 0; i < spec.blocks; ++i) {
    std::string prefix = cat("model.layers.", i);
    spec.layers.push_back({LayerKind::Attention, i, prefix + ".input_layernorm", prefix + ".self_attn"});
    spec.layers.push_back({LayerKind::MLP, i, prefix + ".post_attention_layernorm", prefix + ".mlp"});
  }
  spec.maxContext = keys.intOr("max_position_embeddings", 0, 0, std::numeric_limits<int32_t>::max());

  AttentionSpec &attention = spec.attention;
  attention.heads = keys.size("num_attention_heads");
  attention.kvHeads = keys.sizeOr("num_key_value_heads", attention.heads);
  attention.headDim = readHeadDim(keys, spec);
  attention.bias = keys.flagOr("attention_bias", false);
  attention.rope = readRope(keys, attention.headDim, rotaryFraction);

  spec.mlp.width = keys.size("intermediate_size");
  spec.mlp.bias = keys.flagOr("mlp_bias", false);
  readLayerTypes(keys, spec.blocks);
}

void readLlama(KeyReader &keys, ModelSpec &spec) {
  readDecoderBlocks(keys, spec, /*rotaryFraction=*/1);
  spec.norm.eps = keys.numberOr("rms_norm_eps", 1e-6, 0, 1);
  spec.mlp.gated = true;
  spec.mlp.activation = readActivation(keys, "hidden_act", "silu");
  // pretraining_tp only splits the same products.
  keys.ignore({"pretraining_tp"});
}

} // namespace braid
