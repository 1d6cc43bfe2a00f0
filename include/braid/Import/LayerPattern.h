//===- LayerPattern.h - Which kind each layer has --------------*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_IMPORT_LAYERPATTERN_H
#define BRAID_IMPORT_LAYERPATTERN_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace braid {

enum class LayerKind { Mamba, Mamba2, Attention, MLP };

/// The kind of a pattern's letter: `m` for Mamba-1, `M` for Mamba-2, `*`, and `-` or `+` for the MLP.
std::optional<LayerKind> layerKindOf(char letter);
char letterOf(LayerKind kind);

/// Spreads attention evenly between equal runs of Mamba-2 layers, then MLPs evenly over what is not attention. The
/// counts are the ratios' shares of `layers`, halves rounded to even. The ratios are in [0, 1], and so is their sum.
/// Source: Waleffe et al., "An Empirical Study of Mamba-based Language Models", section 3.2.1.
std::vector<LayerKind> allocateLayers(int64_t layers, double attentionRatio, double mlpRatio);

/// The pattern of such a list, with `-` for the MLP.
std::string patternOf(const std::vector<LayerKind> &kinds);

} // namespace braid

#endif // BRAID_IMPORT_LAYERPATTERN_H
