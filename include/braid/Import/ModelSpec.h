//===- ModelSpec.h - What an importer knows of a model ---------*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Between reading a file and building IR: sizes, kinds and tensor names, the
// same for every architecture. A model is an embedding, layers of the form
// x + mixer(norm(x)), a final norm and a head. What reads files knows no LLVM, so that
// it can be fuzzed and tested under sanitizers without it.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_IMPORT_MODELSPEC_H
#define BRAID_IMPORT_MODELSPEC_H

#include "braid/Formats/DType.h"
#include "braid/Formats/Status.h"
#include "braid/Import/LayerPattern.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace braid {

struct NormSpec {
  enum class Kind { RMSNorm, LayerNorm } kind = Kind::RMSNorm;
  double eps = 1e-5;
  bool plusOne = false; // the file holds weight - 1
};

struct Mamba2Spec {
  int64_t heads = 1, headDim = 1, groups = 1, stateSize = 1, convWidth = 4, chunk = 128;
  double dtMin = 0, dtMax = std::numeric_limits<double>::infinity();
  bool convBias = true;
  bool projectionBias = false; // of in_proj and out_proj
  // What dt_bias is drawn from: the time steps' range, and their least value.
  double initDtLow = 1e-3, initDtHigh = 0.1, initDtFloor = 1e-4;

  int64_t innerWidth() const { return heads * headDim; }
  int64_t convChannels() const { return innerWidth() + 2 * groups * stateSize; }
  int64_t projectedWidth() const { return innerWidth() + convChannels() + heads; }
};

/// Mamba-1.
struct MambaSpec {
  int64_t innerWidth = 1, stateSize = 16, convWidth = 4;
  int64_t rank = 1; // of the projection that makes the time steps
  bool convBias = true;
  bool projectionBias = false; // of in_proj and out_proj
  // What dt_proj's bias is drawn from, as for Mamba-2.
  double initDtLow = 1e-3, initDtHigh = 0.1, initDtFloor = 1e-4;
};

struct RopeSpec {
  double base = 1e4;
  int64_t rotaryDim = 0; // channels of a head that are rotated
  double factor = 1;     // by which slow channels turn slower, or all where there are no bands
  struct Bands {
    double low, high; // turns within `context` tokens: up to `low` channels are slow, from `high` they are not
    int64_t context;
  };
  std::optional<Bands> bands = {};
};

struct AttentionSpec {
  int64_t heads = 1, kvHeads = 1, headDim = 1;
  std::optional<RopeSpec> rope;
  bool bias = false; // of the four projections
};

enum class Nonlinearity { SiLU, GELU, GELUTanh, ReLU, ReLU2 };

struct MLPSpec {
  int64_t width = 1;
  Nonlinearity activation = Nonlinearity::GELU;
  bool gated = false; // down(activation(gate(x)) * up(x)) instead of down(activation(up(x)))
  bool bias = false;  // of every projection
};

struct LayerSpec {
  LayerKind kind;
  int64_t index;     // of the block in the file: the I of states' names "layers.I.conv"
  std::string norm;  // tensors of the norm: this + ".weight"
  std::string mixer; // tensors of the mixer: this + ".in_proj.weight"
};

struct ModelSpec {
  std::string file;   // for messages
  std::string folder; // of the weights, for a config.json; empty for a description
  std::string name, architecture;
  int64_t vocabSize = 1, width = 1;
  int64_t blocks = 0;     // layers by the file's count: a Llama block holds two of `layers`
  int64_t maxContext = 0; // 0: no bound
  std::optional<int64_t> bosTokenId;
  std::vector<int64_t> eosTokenIds;

  std::optional<DType> fileDType; // the type that the file asks to compute in
  DType dtype = DType::BF16;      // weights and activations
  DType stateDType = DType::F32;  // recurrent states
  bool residualInF32 = false, tied = false;
  double initStd = 0.02;

  std::string embedding, finalNorm, head; // tensor names, the norm's without ".weight"
  NormSpec norm;
  // All layers of one kind have the same sizes.
  MambaSpec mamba;
  Mamba2Spec mamba2;
  AttentionSpec attention;
  MLPSpec mlp;
  std::vector<LayerSpec> layers;

  bool has(LayerKind kind) const;
  /// Whether any layer keeps a matrix between calls.
  bool hasRecurrentStates() const { return has(LayerKind::Mamba) || has(LayerKind::Mamba2); }
};

/// Largest value of one size in a file. Products of two stay far below 2^63.
constexpr int64_t maxSize = int64_t{1} << 24;
/// Most layers of a model.
constexpr int64_t maxLayers = 4096;
/// Most tokens of a chunk of the scan, whose scratch memory grows with their square. A file may ask for more: that
/// would change no more than rounding.
constexpr int64_t maxChunk = 256;
/// Largest dimension of an activation, so that a coordinate fits 32 bits with room to spare.
constexpr int64_t maxWidth = int64_t{1} << 28;
/// Most elements of one weight, or of one slot's state.
constexpr int64_t maxElements = int64_t{1} << 40;

/// The rank of Mamba-1's time steps where a file does not say it.
inline int64_t defaultRank(int64_t width) { return (width + 15) / 16; }

/// Checks what no single key shows: divisibility, derived widths, sizes of weights and states.
Status checkSizes(const ModelSpec &spec);

} // namespace braid

#endif // BRAID_IMPORT_MODELSPEC_H
