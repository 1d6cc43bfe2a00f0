//===- TargetInfoTest.cpp - What code for a CPU may use -------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Target/CPU/TargetInfo.h"
#include "CpuFeatures.h"
#include "gtest/gtest.h"
#include <cstdlib>

using namespace braid;

// Or the runtime would refuse code on the very CPU that it was made for.
TEST(TargetInfo, TheRuntimeKnowsEveryFeature) {
  for (const char *name : {"x86-64-v3", "x86-64-v4", "haswell", "skylake", "skylake-avx512", "cooperlake",
                           "icelake-server", "tigerlake", "alderlake", "sapphirerapids", "graniterapids",
                           "diamondrapids", "bdver4", "znver1", "znver2", "znver3", "znver4", "znver5"}) {
    cpu::TargetInfo info = cpu::TargetInfo::get(name);
    EXPECT_FALSE(info.features.empty()) << name;
    for (const std::string &feature : info.features)
      EXPECT_EQ(checkCpuFeatures({feature}, "a.so").message().find("does not know"), std::string::npos) << feature;
  }
}

TEST(TargetInfo, TheHostIsWhatTheEnvironmentSays) {
  std::string before;
  if (const char *value = std::getenv("BRAID_HOST_CPU"))
    before = value;
  ::setenv("BRAID_HOST_CPU", "x86-64-v3", 1);
  cpu::TargetInfo host = cpu::TargetInfo::get("host");
  EXPECT_EQ(host.name, "x86-64-v3");
  EXPECT_EQ(host.forKernels().vectorBits, 256);
  EXPECT_EQ(cpu::TargetInfo::get("x86-64-v4").forKernels().vectorBits, 512);
  ::setenv("BRAID_HOST_CPU", "i386", 1);
  EXPECT_TRUE(cpu::TargetInfo::get("host").features.empty());
  before.empty() ? ::unsetenv("BRAID_HOST_CPU") : ::setenv("BRAID_HOST_CPU", before.c_str(), 1);
}
