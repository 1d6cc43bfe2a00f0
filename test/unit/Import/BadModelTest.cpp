//===- BadModelTest.cpp - Descriptions and configs that must be refused ---===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TempFolder.h"
#include "braid/Import/ReadModel.h"

using namespace braid;

namespace {
/// Reads a model; collects warnings.
struct Outcome {
  Status status;
  std::vector<std::string> warnings;

  explicit Outcome(const std::string &path) {
    status = readModelSpec(path, {}, [&](std::string_view warning) { warnings.emplace_back(warning); }).status();
  }
};

void expectError(const Outcome &outcome, StatusCode code, const std::string &text) {
  EXPECT_EQ(outcome.status.code(), code) << outcome.status.message();
  EXPECT_NE(outcome.status.message().find(text), std::string::npos) << outcome.status.message();
  EXPECT_EQ(outcome.status.message().find('\n'), std::string::npos) << outcome.status.message();
}

/// `text` with the first `from` turned into `to`.
std::string with(std::string text, const std::string &from, const std::string &to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

const std::string description = R"({"name": "m", "pattern": "M*-", "d_model": 8, "vocab_size": 16,
"mamba2": {"heads": 2, "head_dim": 8, "groups": 1, "state": 4, "conv": 4},
"attention": {"heads": 2, "kv_heads": 1, "head_dim": 4, "rope": null},
"mlp": {"width": 12, "activation": "gelu", "gated": false},
"norm": {"kind": "rms_norm", "eps": 1e-5}})";

const std::string mamba2Config = R"({"model_type": "mamba2", "hidden_size": 8, "vocab_size": 16,
"num_hidden_layers": 1, "num_heads": 2, "head_dim": 8, "state_size": 4, "n_groups": 1, "conv_kernel": 4,
"time_step_limit": [0.0, Infinity]})";

const std::string llamaConfig = R"({"model_type": "llama", "hidden_size": 8, "vocab_size": 16,
"num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 12})";

const std::string nemotronConfig = R"({"model_type": "nemotron_h", "hidden_size": 8, "vocab_size": 16,
"hybrid_override_pattern": "M*-", "mamba_num_heads": 2, "mamba_head_dim": 12, "n_groups": 1, "ssm_state_size": 4,
"conv_kernel": 4, "num_attention_heads": 2, "head_dim": 4, "intermediate_size": 12})";

struct Change {
  const char *from, *to, *message;
};

void expectRefused(const std::string &text, std::initializer_list<Change> changes) {
  for (const Change &change : changes) {
    TempFolder folder;
    folder.write("model.json", with(text, change.from, change.to));
    Outcome outcome(folder.path("model.json"));
    expectError(outcome, StatusCode::BadInput, change.message);
    // Every message begins with the file.
    EXPECT_EQ(outcome.status.message().rfind(folder.path("model.json") + ":", 0), 0u) << outcome.status.message();
  }
}
} // namespace

TEST(BadInput, Descriptions) {
  expectRefused(
      description,
      {
          {"\"eps\": 1e-5}}", "\"eps\": 1e-5}", "expected"},
          {"\"d_model\": 8", "\"d_model\": 8, \"d_model\": 9", "d_model"},
          {"\"d_model\": 8", "\"d_model\": \"8\"", "key 'd_model': expected an integer"},
          {"\"d_model\": 8", "\"d_model\": 0", "key 'd_model': expected"},
          {"\"d_model\": 8", "\"d_model\": -8", "key 'd_model': expected"},
          {"\"d_model\": 8", "\"d_model\": 8.5", "key 'd_model': expected an integer"},
          {"\"d_model\": 8", "\"d_model\": 99999999999999999999999", "key 'd_model': expected"},
          {"\"d_model\": 8", "\"d_model\": 16777217", "key 'd_model': expected"},
          {"\"d_model\": 8, \"vocab_size\": 16", "\"d_model\": 16777216, \"vocab_size\": 16777216",
           "expected the embedding's elements to be at most"},
          {"\"vocab_size\": 16", "\"vocabulary\": 16", "expected key 'vocab_size', found no such key"},
          {"\"vocab_size\": 16", "\"vocab_size\": 16, \"vocabulary\": 16",
           "key 'vocabulary': expected a key of a description"},
          {"\"name\": \"m\"", "\"name\": 3", "key 'name': expected a string"},
          {"M*-", "M*x", "key 'pattern': expected the letters m, M, *, - and +, found 'x' at position 2"},
          {"M*-", "", "key 'pattern': expected from 1 to 4096 letters, found 0"},
          {"\"pattern\": \"M*-\"", "\"pattern\": \"M*-\", \"layers\": 3", "found both"},
          {"\"pattern\": \"M*-\"", "\"layers\": 4097", "key 'layers': expected"},
          {"\"pattern\": \"M*-\"", "\"pattern\": \"M*-\", \"mlp_ratio\": 0.5",
           "key 'mlp_ratio': expected it beside 'layers'"},
          {"\"pattern\": \"M*-\"", "\"layers\": 4, \"attention_ratio\": 1.5", "key 'attention_ratio': expected"},
          {"\"pattern\": \"M*-\"", "\"layers\": 4, \"attention_ratio\": 0.6, \"mlp_ratio\": 0.6",
           "expected attention_ratio + mlp_ratio to be at most 1"},
          {"\"attention\": {", "\"attentions\": {", "expected key 'attention', found no such key"},
          {"\"mlp\": {\"width\": 12, \"activation\": \"gelu\", \"gated\": false}", "\"mlp\": null",
           "expected key 'mlp', found no such key"},
          {"\"mlp\": {\"width\": 12, \"activation\": \"gelu\", \"gated\": false}", "\"mlp\": 3",
           "key 'mlp': expected an object"},
          {"\"groups\": 1", "\"groups\": 3", "expected the Mamba-2 groups to divide the Mamba-2 heads 2, found 3"},
          {"\"kv_heads\": 1", "\"kv_heads\": 3",
           "expected the key-value heads to divide the attention heads 2, found 3"},
          {"\"rope\": null", "\"rope\": {\"base\": 0}", "key 'attention.rope.base': expected"},
          {"\"rope\": null", "\"rope\": {\"base\": 1e4, \"fraction\": 0.25}", "expected the rotated channels"},
          {"\"rope\": null", "\"rope\": {\"base\": 1e4, \"scaling\": 2}",
           "key 'attention.rope.scaling': expected an object"},
          {"\"rope\": null", "\"rope\": {\"base\": 1e4, \"scaling\": {\"type\": \"yarn\", \"factor\": 2}}",
           "key 'attention.rope.scaling.type': expected linear or llama3, found the string 'yarn'"},
          {"\"rope\": null", "\"rope\": {\"base\": 1e4, \"scaling\": {\"type\": \"linear\"}}",
           "key 'attention.rope.scaling': expected key 'factor', found no such key"},
          {"\"rope\": null", "\"rope\": {\"base\": 1e4, \"theta\": 2}", "key 'attention.rope.theta': expected a key"},
          {"\"activation\": \"gelu\"", "\"activation\": \"tanh\"", "key 'mlp.activation': expected silu, gelu"},
          {"\"activation\": \"gelu\"", "\"activation\": null", "key 'mlp.activation': expected a string, found null"},
          {"\"activation\": \"gelu\", ", "", "key 'mlp': expected key 'activation', found no such key"},
          {"\"d_model\": 8, ", "", "expected key 'd_model', found no such key"},
          {"\"gated\": false", "\"gated\": 0", "key 'mlp.gated': expected true or false"},
          {"rms_norm", "batch_norm", "key 'norm.kind': expected rms_norm or layer_norm"},
          {"1e-5", "-1e-5", "key 'norm.eps': expected"},
          {"1e-5", "NaN", "key 'norm.eps': expected"},
          {"\"conv\": 4", "\"conv\": 4, \"time_step_limit\": [0.1]", "key 'mamba2.time_step_limit': expected a pair"},
          {"\"conv\": 4", "\"conv\": 4, \"time_step_limit\": [0.1, 0.01]", "key 'mamba2.time_step_limit[1]': expected"},
          {"\"vocab_size\": 16", "\"vocab_size\": 16, \"dtype\": \"int8\"", "key 'dtype': expected bf16, f32 or f64"},
          {"\"vocab_size\": 16", "\"vocab_size\": 16, \"bos_token_id\": 16", "key 'bos_token_id': expected"},
          {"\"vocab_size\": 16", "\"vocab_size\": 16, \"eos_token_id\": [0, -1]", "key 'eos_token_id[1]': expected"},
      });
}

TEST(BadInput, ConfigsOfMamba) {
  expectRefused(
      R"({"model_type": "mamba", "hidden_size": 8, "vocab_size": 16, "num_hidden_layers": 2, "expand": 2,
"time_step_rank": "auto", "use_bias": false, "hidden_act": "silu"})",
      {
          {"\"auto\"", "\"half\"", "key 'time_step_rank': expected 'auto' or an integer, found the string 'half'"},
          {"\"auto\"", "\"auto\", \"time_step_min\": 5.5", "expected time_step_min to be at most time_step_max, 0.1, found 5.5"},
          {"\"auto\"", "0", "key 'time_step_rank': expected"},
          {"\"auto\"", "[1]", "key 'time_step_rank': expected"},
          {"\"expand\": 2", "\"expand\": 0.1", "expected expand * hidden_size to be from 1 to"},
          {"\"expand\": 2", "\"expand\": 1e6, \"intermediate_size\": 0", "key 'intermediate_size': expected"},
          {"\"expand\": 2", "\"intermediate_size\": 16777216, \"state_size\": 16777216",
           "expected the elements of x_proj to be at most"},
          {"silu", "gelu", "key 'hidden_act': expected silu, found the string 'gelu'"},
          {"\"num_hidden_layers\": 2", "\"n_layer\": 2", "expected key 'num_hidden_layers', found no such key"},
      });
}

TEST(BadInput, ConfigsOfMamba2) {
  expectRefused(
      mamba2Config,
      {
          {"Infinity]}", "Infinity]", "expected"},
          {"mamba2", "gpt2", "key 'model_type': expected llama, mamba, mamba2, nemotron or nemotron_h, found the string 'gpt2'"},
          {"\"mamba2\"", "null", "key 'model_type': expected"},
          {"\"state_size\": 4", "\"state\": 4", "expected key 'state_size', found no such key"},
          {"\"num_heads\": 2", "\"num_heads\": 3", "expected num_heads * head_dim to be expand * hidden_size, 16"},
          {"\"num_hidden_layers\": 1", "\"num_hidden_layers\": 100000000", "key 'num_hidden_layers': expected"},
          {"[0.0, Infinity]", "3", "key 'time_step_limit': expected a pair of numbers"},
          {"[0.0, Infinity]", "[0.0, NaN]", "key 'time_step_limit[1]': expected a number"},
          {"\"n_groups\": 1", "\"n_groups\": 1, \"hidden_act\": \"gelu\"", "key 'hidden_act': expected silu"},
          {"\"n_groups\": 1", "\"n_groups\": 1, \"torch_dtype\": \"int8\"", "key 'torch_dtype': expected bfloat16"},
          {"\"n_groups\": 1", "\"n_groups\": 1, \"rms_norm\": false", "key 'rms_norm': expected true"},
          {"Infinity]", "{\"__float__\": \"Inf\"}]", "key 'time_step_limit[1].__float__': expected Infinity"},
          {"Infinity]", "{\"__float__\": \"NaN\"}]", "key 'time_step_limit[1]': expected a number from"},
          {"Infinity]", "{\"__float__\": 3}]", "key 'time_step_limit[1].__float__': expected a string"},
          {"\"n_groups\": 1", "\"n_groups\": 1, \"quantization_config\": {}",
           "key 'quantization_config': expected null"},
      });
}

TEST(BadInput, ConfigsOfLlama) {
  expectRefused(
      llamaConfig,
      {
          {"\"hidden_size\": 8", "\"hidden_size\": 9", "expected num_attention_heads to divide hidden_size 9, found 2"},
          {"\"num_key_value_heads\": 1", "\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 8.0}",
           "key 'rope_scaling.rope_type': expected rope_type default, linear or llama3, found the string 'yarn'"},
          {"\"num_key_value_heads\": 1", "\"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 8.0}",
           "key 'rope_scaling.type': expected rope_type default, linear or llama3, found the string 'dynamic'"},
          {"\"num_key_value_heads\": 1", "\"rope_scaling\": {\"type\": \"linear\", \"rope_type\": \"llama3\"}",
           "key 'rope_scaling.type': expected what key 'rope_type' says"},
          {"\"num_key_value_heads\": 1", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 0.5}",
           "key 'rope_scaling.factor': expected a number from 1"},
          {"\"num_key_value_heads\": 1", "\"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8.0}",
           "key 'rope_scaling': expected key 'low_freq_factor', found no such key"},
          {"\"num_key_value_heads\": 1",
           "\"rope_scaling\": {\"rope_type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 4, \"high_freq_factor\": 4, "
           "\"original_max_position_embeddings\": 64}",
           "key 'rope_scaling': expected high_freq_factor above low_freq_factor 4, found 4"},
          {"\"num_key_value_heads\": 1", "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2, \"beta_fast\": 32}",
           "key 'rope_scaling.beta_fast': expected a key of rope_type linear, found another key"},
          {"\"num_key_value_heads\": 1",
           "\"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}, \"rope_parameters\": {\"rope_type\": \"default\"}",
           "key 'rope_scaling': expected what key 'rope_parameters' says"},
          {"\"num_key_value_heads\": 1", "\"rope_scaling\": {\"factor\": 8.0}", "key 'rope_scaling.factor': expected"},
          {"\"num_key_value_heads\": 1", "\"sliding_window\": 4096", "key 'sliding_window': expected null"},
          {"\"num_key_value_heads\": 1", "\"num_local_experts\": 8", "key 'num_local_experts': expected 0"},
          {"\"num_key_value_heads\": 1", "\"residual_multiplier\": 0.5", "key 'residual_multiplier': expected 1"},
          {"\"num_key_value_heads\": 1", "\"attention_bias\": 1", "key 'attention_bias': expected true or false"},
          {"\"num_key_value_heads\": 1", "\"hidden_act\": \"mish\"", "key 'hidden_act': expected silu"},
          {"\"num_key_value_heads\": 1", "\"layer_types\": [\"sliding_attention\"]",
           "key 'layer_types[0]': expected full_attention, found the string 'sliding_attention'"},
          {"\"num_key_value_heads\": 1", "\"layer_types\": 3", "key 'layer_types': expected a list of 1"},
          {"\"num_key_value_heads\": 1", "\"layer_types\": [\"full_attention\", \"full_attention\"]",
           "key 'layer_types': expected a list of 1 layer types, found an array of 2"},
          {"\"num_key_value_heads\": 1", "\"num_key_value_heads\": 16777217", "key 'num_key_value_heads': expected"},
      });
}

TEST(BadInput, ConfigsOfNemotronH) {
  expectRefused(
      nemotronConfig,
      {
          {"M*-", "ME*", "key 'hybrid_override_pattern': expected layers of kind M"},
          {"M*-", "", "expected from 1 to 4096 layers, found 0"},
          {"\"M*-\"", "\"M*-\", \"num_hidden_layers\": 4", "expected num_hidden_layers to be the number of layers"},
          {"\"hybrid_override_pattern\": \"M*-\"", "\"layers_block_type\": [\"mamba\", \"moe\"]",
           "key 'layers_block_type[1]': expected layers of kind M"},
          {"\"hybrid_override_pattern\": \"M*-\"", "\"layers_block_type\": [\"mamba\", 3]",
           "key 'layers_block_type[1]': expected a string"},
          {"\"conv_kernel\": 4", "\"conv_kernel\": null", "key 'conv_kernel': expected an integer"},
          {"\"conv_kernel\": 4", "\"conv_kernel\": 4, \"mamba_d_conv\": 3",
           "key 'mamba_d_conv': expected what key 'conv_kernel' says, 4, found 3"},
          {"\"conv_kernel\": 4", "\"mamba_d_conv\": 0", "key 'mamba_d_conv': expected an integer from 1"},
          {"\"conv_kernel\": 4", "\"conv_kernel\": 4, \"layers_block_type\": [\"mamba\"]",
           "key 'hybrid_override_pattern': expected the layers of layers_block_type, found others"},
          {"\"conv_kernel\": 4", "\"conv_kernel\": 4, \"sliding_window\": 128", "key 'sliding_window': expected null"},
          {"\"conv_kernel\": 4", "\"conv_kernel\": 4, \"mamba_proj_bias\": true",
           "key 'mamba_proj_bias': expected false"},
          {"\"conv_kernel\": 4", "\"conv_kernel\": 4, \"mamba_ssm_cache_dtype\": \"float8\"",
           "key 'mamba_ssm_cache_dtype': expected float32 or bfloat16, found the string 'float8'"},
      });
}

TEST(BadInput, FilesThatCannotBeRead) {
  TempFolder folder;
  expectError(Outcome(folder.path("none.json")), StatusCode::IO, folder.path("none.json"));
  expectError(Outcome(folder.path()), StatusCode::IO, folder.path("config.json"));
  folder.write("empty.json", "");
  expectError(Outcome(folder.path("empty.json")), StatusCode::BadInput, "expected");
  folder.write("list.json", "[1, 2]");
  expectError(Outcome(folder.path("list.json")), StatusCode::BadInput, "expected an object");
  folder.write("deep.json", std::string(100000, '['));
  expectError(Outcome(folder.path("deep.json")), StatusCode::BadInput, "");
}

TEST(BadInput, UnknownKeysAreOneWarning) {
  TempFolder folder;
  folder.write("config.json", with(mamba2Config, "\"n_groups\": 1", "\"n_groups\": 1, \"one\": 1, \"two\": {}"));
  Outcome outcome(folder.path());
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  ASSERT_EQ(outcome.warnings.size(), 1u);
  EXPECT_EQ(outcome.warnings[0], folder.path("config.json") + ": unknown keys are ignored: 'one', 'two'");
}
