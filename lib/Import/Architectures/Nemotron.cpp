//===- Nemotron.cpp - model_type nemotron ----------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The Transformer of Waleffe et al., "An Empirical Study of Mamba-based Language
// Models", and its successors: LayerNorm with a bias and weights stored less one,
// rotary positions on half of each head, a squared ReLU without a gate.
//
//===----------------------------------------------------------------------===//

#include "Architectures.h"

namespace braid {

void readNemotron(KeyReader &keys, ModelSpec &spec) {
  // Names of files from before transformers knew the architecture.
  keys.alias("rope_percentage", "partial_rotary_factor");
  keys.alias("rope_percent", "partial_rotary_factor");
  keys.alias("kv_channels", "head_dim");
  readDecoderBlocks(keys, spec, /*rotaryFraction=*/0.5);
  spec.norm = {NormSpec::Kind::LayerNorm, keys.numberOr("norm_eps", 1e-5, 0, 1), /*plusOne=*/true};
  spec.mlp.activation = readActivation(keys, "hidden_act", "relu2");
}

} // namespace braid
