//===- Description.cpp - Reading descriptions ------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Description.h"

#include "Architectures/Architectures.h"

#include <cmath>
#include <filesystem>

namespace braid {

namespace {
/// Descriptions are Braid's own format: a key that it does not know is a misspelling.
void refuseUnread(KeyReader &keys) {
  for (JsonValue value : keys.unread())
    keys.fail(value.error("expected a key of a description, found an unknown one"));
}

std::vector<LayerKind> readPattern(KeyReader &keys) {
  std::optional<JsonValue> value = keys.require("pattern");
  if (!value)
    return {};
  Result<std::string_view> pattern = value->asString();
  if (!pattern.ok()) {
    keys.fail(pattern.status());
    return {};
  }
  if (pattern->empty() || pattern->size() > maxLayers)
    keys.fail(value->error(cat("expected from 1 to ", maxLayers, " letters, found ", pattern->size())));
  std::vector<LayerKind> kinds;
  for (size_t i = 0; i < pattern->size() && keys.ok(); ++i) {
    if (std::optional<LayerKind> kind = layerKindOf((*pattern)[i]))
      kinds.push_back(*kind);
    else
      keys.fail(value->error(
          cat("expected the letters m, M, *, - and +, found ", inQuotes(pattern->substr(i, 1)), " at position ", i)));
  }
  return kinds;
}

std::vector<LayerKind> readRatios(KeyReader &keys) {
  int64_t layers = keys.size("layers", maxLayers);
  double attention = keys.numberOr("attention_ratio", 0, 0, 1);
  double mlp = keys.numberOr("mlp_ratio", 0, 0, 1);
  if (attention + mlp > 1)
    keys.fail(
        keys.value().error(cat("expected attention_ratio + mlp_ratio to be at most 1, found ", attention, " + ", mlp)));
  return keys.ok() ? allocateLayers(layers, attention, mlp) : std::vector<LayerKind>();
}

void readMamba2Section(KeyReader keys, Mamba2Spec &mamba2) {
  mamba2.heads = keys.size("heads");
  mamba2.headDim = keys.size("head_dim");
  mamba2.groups = keys.sizeOr("groups", 1);
  mamba2.stateSize = keys.size("state");
  mamba2.convWidth = keys.sizeOr("conv", 4);
  mamba2.chunk = keys.sizeOr("chunk", 128);
  mamba2.convBias = keys.flagOr("conv_bias", true);
  mamba2.projectionBias = keys.flagOr("bias", false);
  readTimeStepLimit(keys, mamba2);
  refuseUnread(keys);
}

void readMambaSection(KeyReader keys, int64_t width, MambaSpec &mamba) {
  mamba.innerWidth = keys.size("inner");
  mamba.stateSize = keys.sizeOr("state", 16);
  mamba.convWidth = keys.sizeOr("conv", 4);
  mamba.rank = keys.sizeOr("dt_rank", defaultRank(width));
  mamba.convBias = keys.flagOr("conv_bias", true);
  refuseUnread(keys);
}

void readAttentionSection(KeyReader keys, AttentionSpec &attention) {
  attention.heads = keys.size("heads");
  attention.kvHeads = keys.sizeOr("kv_heads", attention.heads);
  attention.headDim = keys.size("head_dim");
  attention.bias = keys.flagOr("bias", false);
  if (std::optional<KeyReader> rope = keys.nested("rope")) {
    double base = rope->number("base", 1, 1e15);
    double fraction = rope->numberOr("fraction", 1, 0, 1);
    attention.rope = RopeSpec{base, static_cast<int64_t>(std::floor(fraction * attention.headDim))};
    if (std::optional<KeyReader> scaling = rope->nested("scaling")) {
      readRopeScaling(*scaling, scaling->text("type"), "type", "linear or llama3", *attention.rope);
      refuseUnread(*scaling);
    }
    refuseUnread(*rope);
  }
  refuseUnread(keys);
}

void readMLPSection(KeyReader keys, MLPSpec &mlp) {
  mlp.width = keys.size("width");
  keys.text("activation"); // required, and so not null
  mlp.activation = readActivation(keys, "activation", "gelu");
  mlp.gated = keys.flagOr("gated", false);
  mlp.bias = keys.flagOr("bias", false);
  refuseUnread(keys);
}

void readNormSection(KeyReader keys, NormSpec &norm) {
  std::string kind = keys.textOr("kind", "rms_norm");
  if (kind == "layer_norm")
    norm.kind = NormSpec::Kind::LayerNorm;
  else if (std::optional<JsonValue> value = keys.take("kind"); value && kind != "rms_norm")
    keys.fail(value->expected("rms_norm or layer_norm"));
  norm.eps = keys.numberOr("eps", norm.eps, 0, 1);
  norm.plusOne = keys.flagOr("plus_one", false);
  refuseUnread(keys);
}

/// A nested object, which must be there if layers of this kind are.
std::optional<KeyReader> section(KeyReader &keys, std::string_view key, const ModelSpec &spec, LayerKind kind) {
  if (spec.has(kind) && !keys.has(key))
    keys.fail(keys.value().error(cat("expected key ", inQuotes(key), ", found no such key")));
  return keys.nested(key);
}

std::vector<LayerKind> readLayers(KeyReader &keys) {
  if (!keys.has("layers")) {
    for (std::string_view key : {"attention_ratio", "mlp_ratio"})
      if (std::optional<JsonValue> ratio = keys.take(key))
        keys.fail(ratio->error("expected it beside 'layers' alone, found no such key"));
    return readPattern(keys);
  }
  if (std::optional<JsonValue> pattern = keys.take("pattern"))
    keys.fail(pattern->error("expected either 'pattern' or 'layers' with its ratios, found both"));
  return readRatios(keys);
}
} // namespace

void readDescription(KeyReader &keys, ModelSpec &spec) {
  keys.ignore({"$schema"});
  spec.name = keys.textOr("name", std::filesystem::path(spec.file).stem().string());
  spec.architecture = "nemotron_h";
  nameLikeNemotronH(spec, readLayers(keys));
  spec.width = keys.size("d_model");
  spec.vocabSize = keys.size("vocab_size");
  spec.tied = keys.flagOr("tied", false);
  spec.residualInF32 = keys.flagOr("residual_in_fp32", false);
  spec.maxContext = keys.intOr("max_context", 0, 0, std::numeric_limits<int32_t>::max());
  readTokenIds(keys, spec);
  if (std::optional<JsonValue> value = keys.take("dtype")) {
    std::string name = keys.textOr("dtype", "");
    if (std::optional<DType> dtype = dtypeFromName(name);
        dtype == DType::BF16 || dtype == DType::F32 || dtype == DType::F64)
      spec.fileDType = dtype;
    else
      keys.fail(value->expected("bf16, f32 or f64"));
  }
  if (std::optional<KeyReader> norm = keys.nested("norm"))
    readNormSection(*norm, spec.norm);
  if (std::optional<KeyReader> mamba = section(keys, "mamba", spec, LayerKind::Mamba))
    readMambaSection(*mamba, spec.width, spec.mamba);
  if (std::optional<KeyReader> mamba2 = section(keys, "mamba2", spec, LayerKind::Mamba2))
    readMamba2Section(*mamba2, spec.mamba2);
  if (std::optional<KeyReader> attention = section(keys, "attention", spec, LayerKind::Attention))
    readAttentionSection(*attention, spec.attention);
  if (std::optional<KeyReader> mlp = section(keys, "mlp", spec, LayerKind::MLP))
    readMLPSection(*mlp, spec.mlp);
  refuseUnread(keys);
}

} // namespace braid
