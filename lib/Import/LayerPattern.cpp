//===- LayerPattern.cpp - Which kind each layer has ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Import/LayerPattern.h"

#include <algorithm>
#include <cmath>

namespace braid {

std::optional<LayerKind> layerKindOf(char letter) {
  switch (letter) {
  case 'm':
    return LayerKind::Mamba;
  case 'M':
    return LayerKind::Mamba2;
  case '*':
    return LayerKind::Attention;
  case '-':
  case '+':
    return LayerKind::MLP;
  }
  return std::nullopt;
}

char letterOf(LayerKind kind) {
  switch (kind) {
  case LayerKind::Mamba:
    return 'm';
  case LayerKind::Mamba2:
    return 'M';
  case LayerKind::Attention:
    return '*';
  case LayerKind::MLP:
    return '-';
  }
  return '?';
}

/// Turns `count` of the entries that are Mamba-2 into `kind`, with equal runs of the others between them. `run` is the
/// length of a run; what is left of it is carried along as a real number.
static void spread(std::vector<LayerKind> &kinds, LayerKind kind, double run) {
  double left = run;
  for (LayerKind &entry : kinds) {
    if (entry != LayerKind::Mamba2)
      continue;
    if (left < 0.5) {
      entry = kind;
      left += run;
    } else {
      left -= 1;
    }
  }
}

std::vector<LayerKind> allocateLayers(int64_t layers, double attentionRatio, double mlpRatio) {
  // nearbyint rounds halves to even in the default mode.
  double total = static_cast<double>(layers);
  double attention = std::min(std::nearbyint(total * attentionRatio), total);
  double mlp = std::min(std::nearbyint(total * mlpRatio), total - attention);
  std::vector<LayerKind> kinds(layers, LayerKind::Mamba2);
  // The stack begins and ends with a run of Mamba-2 layers, so there is one run more than attention layers.
  spread(kinds, LayerKind::Attention, (total - attention) / (attention + 1));
  if (mlp > 0)
    spread(kinds, LayerKind::MLP, (total - attention - mlp) / mlp);
  return kinds;
}

std::string patternOf(const std::vector<LayerKind> &kinds) {
  std::string pattern;
  for (LayerKind kind : kinds)
    pattern += letterOf(kind);
  return pattern;
}

} // namespace braid
