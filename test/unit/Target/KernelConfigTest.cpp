//===- KernelConfigTest.cpp - How a CPU cuts its kernels ------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Target/CPU/KernelConfig.h"
#include "braid/Target/NVPTX/KernelConfig.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

using namespace braid;

namespace {

class KernelConfigTest : public testing::Test {
protected:
  /// The config's attribute, whose verifier says what is allowed; null where it is not.
  tile::ContractionConfigAttr checked(const ContractionConfig &config) {
    auto emitError = [&] { return mlir::emitError(mlir::UnknownLoc::get(&context)); };
    return tile::ContractionConfigAttr::getChecked(emitError, &context, config.rows, config.columns, config.depth,
                                                   config.regime, config.stages, config.groups, config.raster,
                                                   config.cluster);
  }

  mlir::MLIRContext context;
  mlir::Builder builder{&context};
};

TEST_F(KernelConfigTest, EveryShapeGetsAnAllowedConfig) {
  context.loadDialect<tile::TileDialect>();
  for (CPUTargetInfo target : {CPUTargetInfo{512, true}, CPUTargetInfo{512, false}, CPUTargetInfo{256, false}})
    for (mlir::Type element : {mlir::Type(builder.getBF16Type()), mlir::Type(builder.getF32Type()), mlir::Type(builder.getF64Type())})
      for (int64_t rows : {int64_t(ContractionShape::dynamic), int64_t(1), int64_t(997)})
        for (int64_t columns : {1, 2, 3, 17, 97, 1000, 4384, 50288})
          for (int64_t depth : {int64_t(ContractionShape::dynamic), int64_t(1), int64_t(7), int64_t(1024), int64_t(18561)})
            for (bool fewRows : {false, true}) {
              ContractionConfig config = cpu::KernelConfig(target).contraction({rows, columns, depth, fewRows, element});
              EXPECT_TRUE(checked(config)) << columns << " columns, depth " << depth;
              EXPECT_EQ(config.regime, fewRows ? tile::Regime::Streaming : tile::Regime::Blocked);
            }
}

TEST_F(KernelConfigTest, LittleIsComputedForNothing) {
  cpu::KernelConfig config({512, true});
  for (int64_t columns : {500, 1000, 1024, 2048, 4384, 50288}) {
    int64_t width = config.contraction({ContractionShape::dynamic, columns, 1024, false, builder.getBF16Type()}).columns;
    int64_t computed = (columns + width - 1) / width * width;
    EXPECT_LE(computed - columns, columns / 16) << columns << " columns in blocks of " << width;
  }
}

TEST_F(KernelConfigTest, AShortAxisIsOneStep) {
  cpu::KernelConfig config({512, true});
  EXPECT_EQ(config.contraction({ContractionShape::dynamic, 64, 33, false, builder.getF32Type()}).depth, 34);
  EXPECT_EQ(config.contraction({ContractionShape::dynamic, 5, 33, false, builder.getF32Type()}).columns, 5);
}

TEST_F(KernelConfigTest, HopperSharesCopiesWhereRowsStraddleLines) {
  context.loadDialect<tile::TileDialect>();
  ContractionShape shape{ContractionShape::dynamic, 18560, 4104, false, builder.getBF16Type(), true};
  ContractionConfig config = nvptx::KernelConfig().contraction(shape);
  EXPECT_TRUE(checked(config));
  EXPECT_EQ(config.cluster, 2);
  shape.straddlesLines = false;
  EXPECT_EQ(nvptx::KernelConfig().contraction(shape).cluster, 1);
  // Few rows would leave most of a pair empty, and few columns are no work for pairs.
  shape.straddlesLines = shape.fewRows = true;
  EXPECT_EQ(nvptx::KernelConfig().contraction(shape).cluster, 1);
  EXPECT_EQ(nvptx::KernelConfig().contraction({ContractionShape::dynamic, 72, 4104, false, shape.element, true}).cluster, 1);
}

TEST_F(KernelConfigTest, HopperMultipliesF32InTilesOfWhichTwoFit) {
  ContractionConfig config =
      nvptx::KernelConfig().contraction({ContractionShape::dynamic, 4096, 4096, false, builder.getF32Type()});
  int64_t bytes = 4 * (config.rows * config.columns + (config.rows + config.columns) * config.depth);
  EXPECT_LE(2 * bytes, 227 * 1024);
}

//===----------------------------------------------------------------------===//
// SSD scans
//===----------------------------------------------------------------------===//

class SSDScanConfigTest : public KernelConfigTest {
protected:
  SSDScanConfigTest() { context.loadDialect<tile::TileDialect>(); }

  /// 128 heads of 64 that share 8 groups of a state of 128, bf16 with a state of f32.
  SSDScanShape shape{128, 64, 8, 128, 256, builder.getBF16Type(), builder.getF32Type(), /*chunkStates=*/false};

  SSDScanConfig hopper() {
    SSDScanConfig config = nvptx::KernelConfig().ssdScan(shape);
    auto emitError = [&] { return mlir::emitError(mlir::UnknownLoc::get(&context)); };
    EXPECT_TRUE(tile::SSDScanConfigAttr::getChecked(emitError, &context, config.chunk, config.block, config.segments,
                                                    config.stages, config.heads));
    return config;
  }
};

TEST_F(SSDScanConfigTest, ManyHeadsAreTakenInPairsAndInOnePiece) {
  SSDScanConfig config = hopper();
  EXPECT_EQ(config.chunk, 64);
  EXPECT_EQ(config.block, 16);
  EXPECT_EQ(config.segments, 1);
  EXPECT_EQ(config.heads, 2);
  shape.groups = 128; // no two heads share B and C
  EXPECT_EQ(hopper().heads, 1);
}

TEST_F(SSDScanConfigTest, RowsOfFewHeadsAreCut) {
  for (auto [heads, segments] : {std::pair(100, 1), std::pair(64, 2), std::pair(32, 4), std::pair(8, 16), std::pair(1, 16)}) {
    shape.heads = heads, shape.groups = 1;
    EXPECT_EQ(hopper().segments, segments) << heads << " heads";
    EXPECT_EQ(hopper().heads, segments == 1 ? 2 : 1) << heads << " heads";
  }
}

TEST_F(SSDScanConfigTest, HeadsOfOtherSizesAreCutIntoSlices) {
  shape.stateSize = 64;
  for (auto [headDim, heads, segments] :
       {std::tuple(8, 100, 1), std::tuple(32, 64, 2), std::tuple(80, 50, 1), std::tuple(96, 32, 2), std::tuple(128, 64, 1)}) {
    shape.headDim = headDim, shape.heads = heads, shape.groups = 1;
    EXPECT_EQ(hopper().segments, segments) << "head dim " << headDim;
    EXPECT_EQ(hopper().heads, segments == 1 ? 2 : 1) << "head dim " << headDim;
  }
  shape.headDim = 128, shape.heads = shape.groups = 64; // two slices share what a head has alone
  EXPECT_EQ(hopper().heads, 2);
  shape.stateSize = 128; // registers
  EXPECT_EQ(hopper().heads, 1);
}

TEST_F(SSDScanConfigTest, PlacesOfChunkStatesTakeRegisters) {
  shape.chunkStates = true;
  EXPECT_EQ(hopper().heads, 2);
  shape.heads = 112; // to be divided by
  EXPECT_EQ(hopper().heads, 1);
  shape.stateSize = 112;
  EXPECT_EQ(hopper().heads, 2);
  shape.headDim = 128;
  EXPECT_EQ(hopper().heads, 1);
}

TEST_F(SSDScanConfigTest, WideAndShortStatesAreTakenByThemselves) {
  shape.stateSize = 256;
  EXPECT_EQ(hopper().block, 16);
  EXPECT_EQ(hopper().heads, 1);
  shape.stateSize = 128, shape.state = builder.getBF16Type();
  EXPECT_EQ(hopper().block, 16);
  EXPECT_EQ(hopper().heads, 1);
}

TEST_F(SSDScanConfigTest, WhatTheRolesCannotHoldKeepsItsChunksBorders) {
  auto others = [&](auto change) {
    SSDScanShape kept = shape;
    change(shape);
    SSDScanConfig config = hopper();
    EXPECT_EQ(shape.chunk % config.chunk, 0);
    EXPECT_EQ(config.segments, 1);
    EXPECT_EQ(config.block, 0);
    EXPECT_EQ(config.stages, shape.headDim > 64 ? 2 : 1); // in slices, or one head at once
    shape = kept;
    return config.chunk;
  };
  EXPECT_EQ(others([](SSDScanShape &s) { s.headDim = 84; }), 128); // rows begin at no multiple of 16 bytes
  EXPECT_EQ(others([](SSDScanShape &s) { s.stateSize = 272; }), 128);
  EXPECT_EQ(others([](SSDScanShape &s) { s.stateSize = 384; }), 64); // beside such a state there is room for 64 tokens
  EXPECT_EQ(others([](SSDScanShape &s) { s.stateSize = 144; }), 128); // no whole panels
  EXPECT_EQ(others([](SSDScanShape &s) { s.stateSize = 72; }), 128);
  EXPECT_EQ(others([&](SSDScanShape &s) { s.state = builder.getF64Type(); }), 128);
  EXPECT_EQ(others([&](SSDScanShape &s) { s.state = builder.getBF16Type(), s.stateSize = 192; }), 128);
  EXPECT_EQ(others([&](SSDScanShape &s) { s.element = builder.getF64Type(); }), 64);
  EXPECT_EQ(others([](SSDScanShape &s) { s.chunk = 96; }), 96);
  EXPECT_EQ(others([](SSDScanShape &s) { s.chunk = 131; }), 1); // a prime
  shape.state = {};                                             // none is kept
  EXPECT_EQ(hopper().heads, 2);
}

TEST_F(SSDScanConfigTest, ACPUTakesTheOperatorsChunk) {
  SSDScanConfig config = cpu::KernelConfig({512, true}).ssdScan(shape);
  EXPECT_EQ(config.chunk, 256);
  EXPECT_EQ(config.block, 0);
  EXPECT_EQ(config.segments, 1);
}

} // namespace
