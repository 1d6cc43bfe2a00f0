//===- LayerPatternTest.cpp - Allocation of layers -------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Import/LayerPattern.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

using namespace braid;

static std::string allocate(int64_t layers, double attention, double mlp) {
  return patternOf(allocateLayers(layers, attention, mlp));
}

// The patterns that Waleffe et al. trained, and the one of Megatron-LM's 800M example.
TEST(LayerPattern, AllocatesThePublishedPatterns) {
  EXPECT_EQ(allocate(24, 0.08, 0.5), "M-M-M--*M-M-M-M-*M--M-M-");
  EXPECT_EQ(allocate(48, 0.08, 0.5), "M-M-M--M-*M-M-M-M--*M-M-M-M-*M--M-M-M-*M-M--M-M-");
  EXPECT_EQ(allocate(56, 0.08, 0.5), "M-M-M--M-M*-M-M-M-M--M*-M-M-M-M-M*--M-M-M-M-M*-M--M-M-M-");
  EXPECT_EQ(allocate(56, 0.0, 0.0), std::string(56, 'M'));
}

TEST(LayerPattern, SpreadsOneKindAlone) {
  EXPECT_EQ(allocate(8, 0.25, 0), "MM*MM*MM");
  EXPECT_EQ(allocate(5, 0, 0.4), "MM-M-");
  EXPECT_EQ(allocate(4, 1, 0), "****");
  EXPECT_EQ(allocate(4, 0, 1), "----");
  EXPECT_EQ(allocate(1, 0, 0), "M");
}

// 0.5, 1.5 and 2.5 layers become 0, 2 and 2.
TEST(LayerPattern, RoundsHalvesToEven) {
  for (auto [layers, expected] : {std::pair(2, 0), std::pair(6, 2), std::pair(10, 2)}) {
    std::string pattern = allocate(layers, 0.25, 0);
    EXPECT_EQ(std::count(pattern.begin(), pattern.end(), '*'), expected) << pattern;
  }
}

TEST(LayerPattern, KeepsTheCountsForEveryRatio) {
  for (int64_t layers : {1, 2, 7, 24, 56, 131})
    for (int attention = 0; attention <= 20; ++attention)
      for (int mlp = 0; attention + mlp <= 20; ++mlp) {
        std::string pattern = allocate(layers, attention / 20.0, mlp / 20.0);
        int64_t wantAttention = std::nearbyint(static_cast<double>(layers) * (attention / 20.0));
        int64_t wantMLP = std::min<int64_t>(std::nearbyint(static_cast<double>(layers) * (mlp / 20.0)),
                                            layers - wantAttention);
        EXPECT_EQ(std::count(pattern.begin(), pattern.end(), '*'), wantAttention) << pattern;
        EXPECT_EQ(std::count(pattern.begin(), pattern.end(), '-'), wantMLP) << pattern;
      }
}

TEST(LayerPattern, LettersAndKinds) {
  EXPECT_EQ(layerKindOf('m'), LayerKind::Mamba);
  EXPECT_EQ(letterOf(LayerKind::Mamba), 'm');
  EXPECT_EQ(layerKindOf('M'), LayerKind::Mamba2);
  EXPECT_EQ(layerKindOf('*'), LayerKind::Attention);
  EXPECT_EQ(layerKindOf('-'), LayerKind::MLP);
  EXPECT_EQ(layerKindOf('+'), LayerKind::MLP);
  EXPECT_EQ(layerKindOf('x'), std::nullopt);
  EXPECT_EQ(letterOf(LayerKind::MLP), '-');
}
