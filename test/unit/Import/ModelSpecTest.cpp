//===- ModelSpecTest.cpp - What is read from good files, and bounds --------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TempFolder.h"
#include "braid/Import/ReadModel.h"

#include <cmath>

using namespace braid;

static Result<ModelSpec> read(const std::string &text, ImportOptions options = {}) {
  TempFolder folder;
  folder.write("model.json", text);
  return readModelSpec(folder.path("model.json"), options, [](std::string_view warning) { FAIL() << warning; });
}

static ModelSpec mamba2With(Mamba2Spec sizes) {
  ModelSpec spec;
  spec.file = "m";
  spec.vocabSize = spec.width = 8;
  spec.mamba2 = sizes;
  spec.layers.push_back({LayerKind::Mamba2, 0, "n", "m"});
  return spec;
}

TEST(ModelSpec, ReadsADescriptionWithOddSizes) {
  Result<ModelSpec> spec = read(R"({
    "name": "odd", "pattern": "M*+", "d_model": 280, "vocab_size": 997, "tied": true, "dtype": "f32",
    "mamba2": {"heads": 10, "head_dim": 56, "groups": 5, "state": 24, "conv": 2, "chunk": 17,
               "time_step_limit": [0.001, null], "conv_bias": false},
    "attention": {"heads": 6, "kv_heads": 3, "head_dim": 20, "rope": {"base": 500000, "fraction": 0.7}},
    "mlp": {"width": 333, "activation": "silu", "gated": true},
    "norm": {"kind": "layer_norm", "eps": 1e-6, "plus_one": true}, "bos_token_id": 3, "eos_token_id": [4, 5]})");
  ASSERT_TRUE(spec.ok()) << spec.status().message();
  EXPECT_EQ(spec->dtype, DType::F32);
  EXPECT_EQ(spec->stateDType, DType::F32);
  EXPECT_EQ(spec->blocks, 3);
  EXPECT_TRUE(spec->tied);
  EXPECT_EQ(spec->mamba2.projectedWidth(), 2 * 560 + 2 * 120 + 10);
  EXPECT_EQ(spec->mamba2.dtMin, 0.001);
  EXPECT_TRUE(std::isinf(spec->mamba2.dtMax));
  EXPECT_FALSE(spec->mamba2.convBias);
  EXPECT_EQ(spec->attention.rope->rotaryDim, 14);
  EXPECT_EQ(spec->attention.rope->base, 5e5);
  EXPECT_TRUE(spec->mlp.gated);
  EXPECT_EQ(spec->norm.kind, NormSpec::Kind::LayerNorm);
  EXPECT_EQ(spec->bosTokenId, 3);
  EXPECT_EQ(spec->eosTokenIds, (std::vector<int64_t>{4, 5}));
  EXPECT_EQ(spec->layers[2].mixer, "backbone.layers.2.mixer");
}

TEST(ModelSpec, ADescriptionHasDefaults) {
  Result<ModelSpec> spec = read(R"({"pattern": "M*-", "d_model": 8, "vocab_size": 16,
    "mamba2": {"heads": 2, "head_dim": 8, "state": 4}, "attention": {"heads": 2, "head_dim": 4},
    "mlp": {"width": 12, "activation": "gelu"}})");
  ASSERT_TRUE(spec.ok()) << spec.status().message();
  EXPECT_EQ(spec->name, "model");
  EXPECT_EQ(spec->dtype, DType::BF16);
  EXPECT_FALSE(spec->tied || spec->residualInF32 || spec->mlp.gated || spec->norm.plusOne || spec->attention.rope);
  EXPECT_EQ(spec->maxContext, 0);
  EXPECT_EQ(spec->norm.kind, NormSpec::Kind::RMSNorm);
  EXPECT_EQ(spec->norm.eps, 1e-5);
  EXPECT_EQ(spec->mamba2.groups, 1);
  EXPECT_EQ(spec->mamba2.convWidth, 4);
  EXPECT_EQ(spec->mamba2.chunk, 128);
  EXPECT_TRUE(spec->mamba2.convBias);
  EXPECT_EQ(spec->mamba2.dtMin, 0);
  EXPECT_TRUE(std::isinf(spec->mamba2.dtMax));
  EXPECT_EQ(spec->attention.kvHeads, 2);
  EXPECT_FALSE(spec->bosTokenId.has_value());
  EXPECT_TRUE(spec->eosTokenIds.empty());
}

TEST(ModelSpec, LayersFollowFromRatios) {
  Result<ModelSpec> spec = read(R"({"layers": 24, "attention_ratio": 0.08, "mlp_ratio": 0.5, "d_model": 8,
    "vocab_size": 16, "mamba2": {"heads": 2, "head_dim": 8, "state": 4}, "attention": {"heads": 2, "head_dim": 4},
    "mlp": {"width": 12, "activation": "gelu"}})");
  ASSERT_TRUE(spec.ok()) << spec.status().message();
  std::string pattern;
  for (const LayerSpec &layer : spec->layers)
    pattern += letterOf(layer.kind);
  EXPECT_EQ(pattern, "M-M-M--*M-M-M-M-*M--M-M-");
}

// The published files of Mamba-1 repeat sizes under older names and leave out that the head is the embedding.
TEST(ModelSpec, ReadsPublishedMamba) {
  Result<ModelSpec> spec = read(R"({"model_type": "mamba", "hidden_size": 24, "d_model": 24, "d_inner": 48,
    "intermediate_size": 48, "vocab_size": 32, "num_hidden_layers": 2, "n_layer": 2, "state_size": 16, "conv_kernel": 4,
    "expand": 2, "time_step_rank": 2, "time_step_init_scheme": "random", "time_step_scale": 1.0, "time_step_floor": 0.0001,
    "fused_add_norm": true, "rms_norm": true, "ssm_cfg": {}, "pad_vocab_size_multiple": 8, "use_conv_bias": true,
    "use_bias": false, "hidden_act": "silu", "initializer_range": 0.1, "rescale_prenorm_residual": false})");
  ASSERT_TRUE(spec.ok()) << spec.status().message();
  EXPECT_TRUE(spec->tied);
  EXPECT_TRUE(spec->residualInF32);
  EXPECT_EQ(spec->mamba.innerWidth, 48);
  EXPECT_EQ(spec->mamba.rank, 2);
  spec = read(R"({"model_type": "mamba", "hidden_size": 33, "vocab_size": 32, "num_hidden_layers": 1, "expand": 1.5,
    "time_step_rank": "auto", "tie_word_embeddings": false})");
  ASSERT_TRUE(spec.ok()) << spec.status().message();
  EXPECT_FALSE(spec->tied);
  EXPECT_EQ(spec->mamba.innerWidth, 49); // rounded down
  EXPECT_EQ(spec->mamba.rank, 3);        // rounded up
  EXPECT_EQ(spec->mamba.stateSize, 16);
  EXPECT_EQ(spec->mamba.convWidth, 4);
}

// Codestral Mamba's file says norm_before_gate, which its code never looks at; and newer files spell infinity
// otherwise.
TEST(ModelSpec, ReadsWhatPublishedFilesSay) {
  Result<ModelSpec> spec = read(R"({"model_type": "mamba2", "hidden_size": 16, "vocab_size": 32, "num_hidden_layers": 2,
    "num_heads": 4, "head_dim": 8, "state_size": 4, "n_groups": 2, "conv_kernel": 4, "norm_before_gate": true,
    "rms_norm": true, "time_step_init_scheme": "random", "time_step_scale": 1.0, "pad_token_id": 0,
    "time_step_limit": [0.0, {"__float__": "Infinity"}]})");
  ASSERT_TRUE(spec.ok()) << spec.status().message();
  EXPECT_TRUE(std::isinf(spec->mamba2.dtMax));
  spec = read(R"({"model_type": "nemotron_h", "hidden_size": 8, "vocab_size": 16, "hybrid_override_pattern": "M*",
    "layer_types": ["linear_attention", "full_attention"], "mamba_num_heads": 2, "mamba_head_dim": 12,
    "mamba_n_groups": 2, "ssm_state_size": 4, "mamba_d_conv": 3, "mamba_dt_limit": [0.0, 0.5], "attention_head_dim": 4,
    "head_dim": 4, "num_attention_heads": 2, "rope_theta": 10000})");
  ASSERT_TRUE(spec.ok()) << spec.status().message();
  EXPECT_EQ(spec->mamba2.groups, 2);
  EXPECT_EQ(spec->mamba2.convWidth, 3);
  EXPECT_EQ(spec->mamba2.dtMax, 0.5);
  EXPECT_EQ(spec->attention.headDim, 4);
}

// A file from before transformers knew the architecture, and one that names positions both ways.
TEST(ModelSpec, ReadsNemotronByOldAndNewNames) {
  Result<ModelSpec> spec = read(R"({"model_type": "nemotron", "hidden_size": 48, "vocab_size": 32, "num_hidden_layers": 1,
    "num_attention_heads": 2, "intermediate_size": 12, "kv_channels": null, "rope_percent": 0.25, "rope_scaling": null})");
  ASSERT_TRUE(spec.ok()) << spec.status().message();
  EXPECT_EQ(spec->norm.kind, NormSpec::Kind::LayerNorm);
  EXPECT_TRUE(spec->norm.plusOne);
  EXPECT_EQ(spec->mlp.activation, Nonlinearity::ReLU2);
  EXPECT_FALSE(spec->mlp.gated || spec->mlp.bias || spec->attention.bias || spec->tied);
  EXPECT_EQ(spec->attention.headDim, 24);
  EXPECT_EQ(spec->attention.kvHeads, 2);
  EXPECT_EQ(spec->attention.rope->rotaryDim, 6);
  EXPECT_EQ(spec->initStd, 0.0134);
  spec = read(R"({"model_type": "nemotron", "hidden_size": 48, "vocab_size": 32, "num_hidden_layers": 1,
    "num_attention_heads": 2, "intermediate_size": 12, "kv_channels": 40, "rope_scaling": null,
    "rope_parameters": {"rope_type": "llama3", "type": "llama3", "rope_theta": 5e5, "factor": 8, "low_freq_factor": 1,
                        "high_freq_factor": 4, "original_max_position_embeddings": 8192}})");
  ASSERT_TRUE(spec.ok()) << spec.status().message();
  EXPECT_EQ(spec->attention.headDim, 40);
  const RopeSpec &rope = *spec->attention.rope;
  EXPECT_EQ(rope.rotaryDim, 20);
  EXPECT_EQ(rope.base, 5e5);
  EXPECT_EQ(rope.factor, 8);
  EXPECT_EQ(rope.bands->low, 1);
  EXPECT_EQ(rope.bands->high, 4);
  EXPECT_EQ(rope.bands->context, 8192);
}

TEST(ModelSpec, OptionsOverrideTheFile) {
  const char *text = R"({"name": "m", "layers": 1, "d_model": 8, "vocab_size": 16, "dtype": "f32",
    "mamba2": {"heads": 2, "head_dim": 8, "groups": 1, "state": 4, "conv": 4}, "norm": {"kind": "rms_norm", "eps": 1e-5}})";
  ImportOptions options;
  options.dtype = DType::BF16;
  options.stateDType = DType::BF16;
  Result<ModelSpec> spec = read(text, options);
  ASSERT_TRUE(spec.ok()) << spec.status().message();
  EXPECT_EQ(spec->dtype, DType::BF16);
  EXPECT_EQ(spec->stateDType, DType::BF16);
  options.dtype = DType::F64;
  EXPECT_EQ(read(text, options).status().code(), StatusCode::Usage); // states follow the arithmetic
  options.stateDType.reset();
  EXPECT_EQ(read(text, options)->stateDType, DType::F64);
  options.dtype = DType::F16;
  EXPECT_EQ(read(text, options).status().code(), StatusCode::Usage);
  options = {};
  options.stateDType = DType::F64;
  EXPECT_EQ(read(text, options).status().code(), StatusCode::Usage);
}

TEST(ModelSpec, ReadsPythonsNonFiniteNumbers) {
  std::string text = R"({"model_type": "mamba2", "hidden_size": 16, "vocab_size": 32, "num_hidden_layers": 2,
    "num_heads": 4, "head_dim": 8, "state_size": 4, "n_groups": 1, "conv_kernel": 4,
    "time_step_limit": [0.0, Infinity]})";
  Result<ModelSpec> spec = read(text);
  ASSERT_TRUE(spec.ok()) << spec.status().message();
  EXPECT_TRUE(std::isinf(spec->mamba2.dtMax));
  EXPECT_EQ(spec->dtype, DType::BF16);
  EXPECT_TRUE(spec->residualInF32);
  for (const char *bad : {"[0.0, NaN]", "[-Infinity, 1.0]", "[Infinity, Infinity]", "[1.0, 0.5]"}) {
    std::string changed = text;
    changed.replace(changed.find("[0.0, Infinity]"), 15, bad);
    EXPECT_EQ(read(changed).status().code(), StatusCode::BadInput) << bad;
  }
}

TEST(ModelSpec, SizesThatNoKeyAloneShows) {
  Mamba2Spec sizes;
  sizes.heads = sizes.headDim = sizes.groups = sizes.stateSize = 1;
  EXPECT_TRUE(checkSizes(mamba2With(sizes)).ok());
  sizes.groups = 2;
  EXPECT_EQ(checkSizes(mamba2With(sizes)).message(),
            "m: expected the Mamba-2 groups to divide the Mamba-2 heads 1, found 2");
  // The largest value of every key at once must not overflow.
  sizes.heads = sizes.headDim = sizes.groups = sizes.stateSize = sizes.convWidth = maxSize;
  ModelSpec spec = mamba2With(sizes);
  spec.vocabSize = spec.width = 1 << 20;
  EXPECT_EQ(checkSizes(spec).message(),
            "m: expected the width of in_proj to be at most 268435456, found 1125899923619840");
  spec.vocabSize = spec.width = maxSize;
  EXPECT_EQ(checkSizes(spec).message(),
            "m: expected the embedding's elements to be at most 1099511627776, found 281474976710656");
}

TEST(ModelSpec, ALongChunkIsCut) {
  for (auto [asked, taken] : {std::pair("7", 7), {"256", 256}, {"16777216", 256}}) {
    Result<ModelSpec> spec = read(std::string(R"({"pattern": "M", "d_model": 8, "vocab_size": 16,
      "mamba2": {"heads": 2, "head_dim": 8, "state": 4, "chunk": )") +
                                  asked + "}}");
    ASSERT_TRUE(spec.ok()) << spec.status().message();
    EXPECT_EQ(spec->mamba2.chunk, taken);
  }
}

TEST(ModelSpec, AStateIsBounded) {
  Mamba2Spec sizes;
  sizes.heads = 1 << 20;
  sizes.headDim = 64;
  sizes.groups = 1;
  sizes.stateSize = 1 << 24;
  EXPECT_EQ(checkSizes(mamba2With(sizes)).message(),
            "m: expected the elements of a recurrent state to be at most 1099511627776, found 1125899906842624");
}

TEST(ModelSpec, RotatedChannelsAreEvenAndWithinTheHead) {
  ModelSpec spec;
  spec.file = "m";
  spec.layers.push_back({LayerKind::Attention, 0, "n", "m"});
  spec.attention.headDim = 6;
  for (auto [channels, valid] : {std::pair(0, false), {2, true}, {5, false}, {6, true}, {8, false}}) {
    spec.attention.rope = RopeSpec{1e4, channels};
    EXPECT_EQ(checkSizes(spec).ok(), valid) << channels;
  }
}
