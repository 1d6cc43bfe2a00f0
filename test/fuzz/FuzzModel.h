//===- FuzzModel.h - What must hold of a model that was read -- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TEST_FUZZ_FUZZMODEL_H
#define BRAID_TEST_FUZZ_FUZZMODEL_H

#include "FuzzSupport.h"
#include "braid/Import/ReadModel.h"

namespace braid {

inline void require(bool condition) {
  if (!condition)
    std::abort();
}

inline bool isSize(int64_t value, int64_t most = maxSize) { return value >= 1 && value <= most; }

/// What the builder of IR relies on.
inline void checkModel(const ModelSpec &spec) {
  require(isSize(spec.vocabSize) && isSize(spec.width) && isSize(spec.vocabSize * spec.width, maxElements));
  require(!spec.layers.empty() && spec.layers.size() <= 2 * maxLayers);
  for (const LayerSpec &layer : spec.layers)
    require(!layer.norm.empty() && !layer.mixer.empty() && layer.index >= 0 && layer.index < maxLayers);
  require(spec.norm.eps >= 0 && spec.norm.eps <= 1);
  for (int64_t token : spec.eosTokenIds)
    require(token >= 0 && token < spec.vocabSize);
  if (const Mamba2Spec &m = spec.mamba2; spec.has(LayerKind::Mamba2)) {
    require(isSize(m.projectedWidth(), maxWidth) && isSize(m.projectedWidth() * spec.width, maxElements));
    require(m.heads % m.groups == 0 && isSize(m.innerWidth() * m.stateSize, maxElements));
    require(isSize(m.convWidth) && isSize(m.chunk, maxChunk) && m.dtMin >= 0 && m.dtMin <= m.dtMax);
  }
  if (const MambaSpec &m = spec.mamba; spec.has(LayerKind::Mamba)) {
    require(isSize(m.innerWidth) && isSize(m.stateSize) && isSize(m.convWidth) && isSize(m.rank));
    require(isSize(2 * m.innerWidth * spec.width, maxElements) && isSize(m.innerWidth * m.stateSize, maxElements));
    require(m.initDtLow > 0 && m.initDtLow <= m.initDtHigh && m.initDtFloor > 0);
  }
  if (const AttentionSpec &a = spec.attention; spec.has(LayerKind::Attention)) {
    require(a.heads % a.kvHeads == 0 && isSize(a.heads * a.headDim, maxWidth));
    require(!a.rope || (a.rope->rotaryDim >= 2 && a.rope->rotaryDim <= a.headDim && a.rope->rotaryDim % 2 == 0));
    require(!a.rope || (a.rope->base >= 1 && a.rope->factor >= 1));
    require(!a.rope || !a.rope->bands ||
            (a.rope->bands->low >= 0 && a.rope->bands->low < a.rope->bands->high && isSize(a.rope->bands->context, INT32_MAX)));
  }
  if (spec.has(LayerKind::MLP))
    require(isSize(spec.mlp.width * spec.width, maxElements));
}

inline void readModel(std::string_view text) {
  auto warn = [](std::string_view line) { require(line.substr(0, 5) == "fuzz:" && line.find('\n') == line.npos); };
  Result<ModelSpec> spec = parseModelSpec(text, "fuzz", {}, warn);
  checkRefusal(spec.status());
  require(spec.ok() || spec.status().message().substr(0, 5) == "fuzz:");
  if (spec.ok())
    checkModel(*spec);
}

} // namespace braid

#endif // BRAID_TEST_FUZZ_FUZZMODEL_H
