//===- Architectures.h - What each model_type's keys mean ------*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_IMPORT_ARCHITECTURES_ARCHITECTURES_H
#define BRAID_LIB_IMPORT_ARCHITECTURES_ARCHITECTURES_H

#include "../KeyReader.h"

namespace braid {

// Each reads the keys that its architecture has of its own; those of every config.json (vocabulary, width, token ids,
// dtype) are read before.
void readLlama(KeyReader &keys, ModelSpec &spec);
void readMamba(KeyReader &keys, ModelSpec &spec);
void readMamba2(KeyReader &keys, ModelSpec &spec);
void readNemotron(KeyReader &keys, ModelSpec &spec);
void readNemotronH(KeyReader &keys, ModelSpec &spec);

/// Gives layers of these kinds, the embedding, the last norm and the head the names that nemotron_h's files use; those
/// of mamba and mamba2 are the same. Descriptions use them too.
void nameLikeNemotronH(ModelSpec &spec, const std::vector<LayerKind> &kinds);

/// Blocks of attention with rotary positions and an MLP, with the names and keys that llama and nemotron share. Where the
/// file has no partial_rotary_factor, `rotaryFraction` of each head turns.
void readDecoderBlocks(KeyReader &keys, ModelSpec &spec, double rotaryFraction);

/// What is drawn for dt_bias, by the keys that mamba, mamba2 and nemotron_h share.
void readTimeStepInit(KeyReader &keys, double &low, double &high, double &floor);
/// Refuses any other activation inside the mixer: the gated norm has none but SiLU.
void requireSiLU(KeyReader &keys, std::string_view key);

/// What mamba2 and nemotron_h call the same things.
struct Mamba2Keys {
  std::string_view heads, headDim, stateSize, activation;
  int64_t chunk; // where the file has none
};
/// A Mamba-2 layer, by these names and those that both share.
void readMamba2Layer(KeyReader &keys, const Mamba2Keys &names, Mamba2Spec &mamba2);

} // namespace braid

#endif // BRAID_LIB_IMPORT_ARCHITECTURES_ARCHITECTURES_H
