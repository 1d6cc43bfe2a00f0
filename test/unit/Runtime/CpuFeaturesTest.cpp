//===- CpuFeaturesTest.cpp - Tests of CPU features ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CpuFeatures.h"
#include "TestSupport.h"

#include <set>
#include <sstream>

using namespace braid;
using namespace braid::test;

TEST(CpuFeatures, UnknownNamesAreRefused) {
  EXPECT_TRUE(isOk(checkCpuFeatures({}, "a.so")));
  EXPECT_TRUE(fails(checkCpuFeatures({"warp"}, "a.so"), StatusCode::Unsupported, {"a.so", "'warp'", "does not know"}));
}

static Manifest::Version versionFor(const char *cpu, std::vector<std::string> features) {
  Manifest::Version version;
  version.target = {"cpu", cpu, std::move(features)};
  return version;
}

TEST(CpuFeatures, AVersionIsChosenByWhatTheMachineHas) {
  Manifest manifest;
  EXPECT_EQ(*chooseVersion(manifest, "a.so"), 0u);
  manifest.versions = {versionFor("least", {}), versionFor("other", {}), versionFor("warp", {"warp"})};
  EXPECT_EQ(*chooseVersion(manifest, "a.so"), 0u); // the first of equals
  manifest.versions = {versionFor("warp", {"warp"}), versionFor("woof", {"woof"})};
  EXPECT_TRUE(fails(chooseVersion(manifest, "a.so"), StatusCode::Unsupported,
                    {"a.so: expected a CPU with 'warp', which this runtime does not know, for warp or with 'woof'",
                     "for woof, found one without"}));
}

#if defined(__x86_64__)
// The kernel's list is a second opinion; it spells some names in another way.
TEST(CpuFeatures, AgreeWithTheKernel) {
  std::ifstream in("/proc/cpuinfo");
  std::string line, word;
  std::set<std::string> flags;
  while (std::getline(in, line) && line.compare(0, 5, "flags") != 0)
    continue;
  for (std::istringstream words(line); words >> word;)
    flags.insert(word);
  if (flags.empty())
    GTEST_SKIP() << "no list of flags here";
  const std::pair<const char *, const char *> names[] = {
      {"sse2", "sse2"},         {"sse3", "pni"},           {"sse4.2", "sse4_2"},         {"popcnt", "popcnt"},
      {"avx", "avx"},           {"avx2", "avx2"},          {"fma", "fma"},               {"f16c", "f16c"},
      {"bmi", "bmi1"},          {"bmi2", "bmi2"},          {"avx512f", "avx512f"},       {"avx512bw", "avx512bw"},
      {"avx512dq", "avx512dq"}, {"avx512vl", "avx512vl"},  {"avx512vnni", "avx512_vnni"}, {"avx512bf16", "avx512_bf16"},
      {"avxvnni", "avx_vnni"},  {"avx512fp16", "avx512_fp16"}, {"amx-tile", "amx_tile"}, {"amx-bf16", "amx_bf16"},
      {"lzcnt", "abm"},         {"gfni", "gfni"},          {"vaes", "vaes"},             {"rdpid", "rdpid"}};
  for (auto [ours, kernels] : names)
    EXPECT_EQ(checkCpuFeatures({ours}, "a.so").ok(), flags.count(kernels) == 1) << ours;
}

TEST(CpuFeatures, HiddenOnesCountAsMissing) {
  ASSERT_TRUE(isOk(checkCpuFeatures({"sse2"}, "a.so")));
  Manifest manifest;
  manifest.versions = {versionFor("small", {"sse2"}), versionFor("large", {"sse2", "cmov"})};
  EXPECT_EQ(*chooseVersion(manifest, "a.so"), 1u);
  ::setenv("BRAID_HIDE_CPU_FEATURES", "warp,cmov,avx", 1);
  EXPECT_EQ(*chooseVersion(manifest, "a.so"), 0u);
  EXPECT_TRUE(fails(checkCpuFeatures({"cmov"}, "a.so"), StatusCode::Unsupported, {"'cmov'", "one without it"}));
  EXPECT_TRUE(isOk(checkCpuFeatures({"sse2"}, "a.so")));
  ::unsetenv("BRAID_HIDE_CPU_FEATURES");
}
#endif
