//===- HuggingFace.cpp - Reading config.json -------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HuggingFace.h"

#include "Architectures/Architectures.h"

#include <algorithm>

namespace braid {

namespace {
struct Architecture {
  std::string_view modelType;
  void (*read)(KeyReader &, ModelSpec &);
  double initStd; // what initializer_range is when the file has none
};
constexpr Architecture architectures[] = {
    {"llama", readLlama, 0.02},
    {"mamba", readMamba, 0.1},
    {"mamba2", readMamba2, 0.1},
    {"nemotron", readNemotron, 0.0134},
    {"nemotron_h", readNemotronH, 0.02},
};

/// The value of a key that changes nothing: null always does.
enum class Neutral { Null, False, True, Zero, One };

/// Keys that change the mathematics of some model and that no architecture here implements.
struct UnsupportedKey {
  std::string_view key;
  Neutral neutral;
};
constexpr UnsupportedKey unsupportedKeys[] = {
    {"add_cross_attention", Neutral::False},
    {"alibi", Neutral::False},
    {"attention_bias", Neutral::False},
    {"attention_chunk_size", Neutral::Null},
    {"attention_in_multiplier", Neutral::One},
    {"attention_multiplier", Neutral::Null},
    {"attention_out_multiplier", Neutral::One},
    {"attn_logit_softcapping", Neutral::Null},
    {"attn_temperature_tuning", Neutral::False},
    {"clip_qkv", Neutral::Null},
    {"embedding_multiplier", Neutral::One},
    {"final_logit_softcapping", Neutral::Null},
    {"is_encoder_decoder", Neutral::False},
    {"key_multiplier", Neutral::One},
    {"lm_head_multiplier", Neutral::One},
    {"logit_scale", Neutral::One},
    {"logits_scaling", Neutral::One},
    {"logits_soft_cap", Neutral::Null},
    {"mamba_norm_before_gate", Neutral::False},
    {"mamba_proj_bias", Neutral::False},
    {"mamba_rms_norm", Neutral::True},
    {"mlp_bias", Neutral::False},
    {"mlp_multipliers", Neutral::Null},
    {"moe_intermediate_size", Neutral::Null},
    {"n_routed_experts", Neutral::Zero},
    {"no_rope_layer_interval", Neutral::Null},
    {"no_rope_layers", Neutral::Null},
    {"norm_before_gate", Neutral::False},
    {"num_experts", Neutral::Zero},
    {"num_experts_per_tok", Neutral::Zero},
    {"num_local_experts", Neutral::Zero},
    {"parallel_attn", Neutral::False},
    {"partial_rotary_factor", Neutral::One},
    {"position_embedding_type", Neutral::Null},
    {"qk_layernorm", Neutral::False},
    {"quantization_config", Neutral::Null},
    {"query_pre_attn_scalar", Neutral::Null},
    {"residual_multiplier", Neutral::One},
    {"rms_norm", Neutral::True},
    {"rmsnorm_within_groups", Neutral::True},
    {"rope_interleaved", Neutral::False},
    {"rope_parameters", Neutral::Null},
    {"rope_scaling", Neutral::Null},
    {"rope_theta", Neutral::Null},
    {"rotary_pct", Neutral::One},
    {"scale_embedding", Neutral::False},
    {"sliding_window", Neutral::Null},
    {"ssm_in_multiplier", Neutral::One},
    {"ssm_multipliers", Neutral::Null},
    {"ssm_out_multiplier", Neutral::One},
    {"use_bidirectional_attention", Neutral::False},
    {"use_parallel_residual", Neutral::False},
    {"use_qk_norm", Neutral::False},
    {"use_sliding_window", Neutral::False},
};

bool isNeutral(JsonValue value, Neutral neutral) {
  if (value.isNull())
    return true;
  if (neutral == Neutral::False || neutral == Neutral::True)
    return value.isBool() && *value.asBool() == (neutral == Neutral::True);
  if (neutral == Neutral::Null || !value.isNumber())
    return false;
  return *value.asDouble() == (neutral == Neutral::One ? 1 : 0);
}

std::string_view spell(Neutral neutral) {
  switch (neutral) {
  case Neutral::Null:
    return "null";
  case Neutral::False:
    return "false";
  case Neutral::True:
    return "true";
  case Neutral::Zero:
    return "0";
  case Neutral::One:
    return "1";
  }
  return "";
}

void readDType(KeyReader &keys, ModelSpec &spec, const WarningSink &warn) {
  for (std::string_view key : {"dtype", "torch_dtype"}) {
    std::optional<JsonValue> value = keys.take(key);
    if (!value || spec.fileDType)
      continue;
    std::string name = keys.textOr(key, "");
    if (name == "bfloat16")
      spec.fileDType = DType::BF16;
    else if (name == "float32")
      spec.fileDType = DType::F32;
    else if (name == "float64")
      spec.fileDType = DType::F64;
    else if (name == "float16") {
      spec.fileDType = DType::BF16;
      warn(
          cat(spec.file, ": key ", inQuotes(key), ": float16 weights are rounded to bf16; dtype f32 keeps their bits"));
    } else
      keys.fail(value->expected("bfloat16, float16, float32 or float64"));
  }
}

/// Looks at what no reader asked for.
void judgeUnread(KeyReader &keys, const ModelSpec &spec, const WarningSink &warn) {
  std::string unknown;
  for (JsonValue value : keys.unread()) {
    const auto *entry = std::find_if(std::begin(unsupportedKeys), std::end(unsupportedKeys),
                                     [&](const UnsupportedKey &u) { return u.key == value.key(); });
    if (entry == std::end(unsupportedKeys))
      unknown += cat(unknown.empty() ? "" : ", ", inQuotes(value.key()));
    else if (!isNeutral(value, entry->neutral))
      keys.fail(value.error(cat("expected ", spell(entry->neutral), ", as Braid has nothing else for model_type ",
                                spec.architecture, ", found ", value.describe())));
  }
  if (!unknown.empty() && keys.ok())
    warn(cat(spec.file, ": unknown keys are ignored: ", unknown));
}
} // namespace

void readConfig(KeyReader &keys, ModelSpec &spec, const WarningSink &warn) {
  std::string modelType = keys.text("model_type");
  const auto *architecture = std::find_if(std::begin(architectures), std::end(architectures),
                                          [&](const Architecture &a) { return a.modelType == modelType; });
  if (architecture == std::end(architectures)) {
    if (std::optional<JsonValue> value = keys.take("model_type"))
      keys.fail(value->expected("llama, mamba, mamba2, nemotron or nemotron_h"));
    return;
  }
  spec.architecture = modelType;
  spec.width = keys.size("hidden_size");
  spec.vocabSize = keys.size("vocab_size");
  spec.tied = keys.flagOr("tie_word_embeddings", false);
  spec.initStd = keys.numberOr("initializer_range", architecture->initStd, 0, 1e3);
  readTokenIds(keys, spec);
  readDType(keys, spec, warn);
  architecture->read(keys, spec);
  // What these say concerns training, other programs, or text.
  keys.ignore({"_name_or_path", "architectures", "attention_dropout", "auto_map", "id2label", "label2id",
               "output_attentions", "output_hidden_states", "pad_token_id", "return_dict", "transformers_version",
               "use_cache"});
  judgeUnread(keys, spec, warn);
}

} // namespace braid
