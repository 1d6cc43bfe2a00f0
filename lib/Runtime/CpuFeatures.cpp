//===- CpuFeatures.cpp - What this machine's CPU can do -------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CpuFeatures.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace braid {

namespace {
enum class Support { Yes, No, Unknown };

#if defined(__x86_64__)
enum Register { EAX, EBX, ECX, EDX };

/// What the operating system must save on a context switch for a feature to be usable (bits of XCR0).
constexpr uint64_t noState = 0, avxState = 0x6, avx512State = 0xe6, amxState = 0x60000, apxState = 0x80000;

struct Feature {
  std::string_view name;
  uint32_t leaf, subleaf;
  Register reg;
  int bit;
  uint64_t state;
};

constexpr Feature table[] = {
    {"sse", 1, 0, EDX, 25, noState},
    {"sse2", 1, 0, EDX, 26, noState},
    {"fxsr", 1, 0, EDX, 24, noState},
    {"mmx", 1, 0, EDX, 23, noState},
    {"cx8", 1, 0, EDX, 8, noState},
    {"cmov", 1, 0, EDX, 15, noState},
    {"sse3", 1, 0, ECX, 0, noState},
    {"pclmul", 1, 0, ECX, 1, noState},
    {"ssse3", 1, 0, ECX, 9, noState},
    {"fma", 1, 0, ECX, 12, avxState},
    {"cx16", 1, 0, ECX, 13, noState},
    {"sse4.1", 1, 0, ECX, 19, noState},
    {"sse4.2", 1, 0, ECX, 20, noState},
    {"crc32", 1, 0, ECX, 20, noState},
    {"movbe", 1, 0, ECX, 22, noState},
    {"popcnt", 1, 0, ECX, 23, noState},
    {"aes", 1, 0, ECX, 25, noState},
    {"xsave", 1, 0, ECX, 26, noState},
    {"avx", 1, 0, ECX, 28, avxState},
    {"f16c", 1, 0, ECX, 29, avxState},
    {"rdrnd", 1, 0, ECX, 30, noState},
    {"fsgsbase", 7, 0, EBX, 0, noState},
    {"bmi", 7, 0, EBX, 3, noState},
    {"avx2", 7, 0, EBX, 5, avxState},
    {"bmi2", 7, 0, EBX, 8, noState},
    {"invpcid", 7, 0, EBX, 10, noState},
    {"avx512f", 7, 0, EBX, 16, avx512State},
    {"avx512dq", 7, 0, EBX, 17, avx512State},
    {"rdseed", 7, 0, EBX, 18, noState},
    {"adx", 7, 0, EBX, 19, noState},
    {"avx512ifma", 7, 0, EBX, 21, avx512State},
    {"clflushopt", 7, 0, EBX, 23, noState},
    {"clwb", 7, 0, EBX, 24, noState},
    {"avx512cd", 7, 0, EBX, 28, avx512State},
    {"sha", 7, 0, EBX, 29, noState},
    {"avx512bw", 7, 0, EBX, 30, avx512State},
    {"avx512vl", 7, 0, EBX, 31, avx512State},
    {"avx512vbmi", 7, 0, ECX, 1, avx512State},
    {"pku", 7, 0, ECX, 4, noState},
    {"avx512vbmi2", 7, 0, ECX, 6, avx512State},
    {"shstk", 7, 0, ECX, 7, noState},
    {"gfni", 7, 0, ECX, 8, noState},
    {"vaes", 7, 0, ECX, 9, avxState},
    {"vpclmulqdq", 7, 0, ECX, 10, avxState},
    {"avx512vnni", 7, 0, ECX, 11, avx512State},
    {"avx512bitalg", 7, 0, ECX, 12, avx512State},
    {"avx512vpopcntdq", 7, 0, ECX, 14, avx512State},
    {"rdpid", 7, 0, ECX, 22, noState},
    {"movdiri", 7, 0, ECX, 27, noState},
    {"movdir64b", 7, 0, ECX, 28, noState},
    {"avx512vp2intersect", 7, 0, EDX, 8, avx512State},
    {"serialize", 7, 0, EDX, 14, noState},
    {"amx-bf16", 7, 0, EDX, 22, amxState},
    {"avx512fp16", 7, 0, EDX, 23, avx512State},
    {"amx-tile", 7, 0, EDX, 24, amxState},
    {"amx-int8", 7, 0, EDX, 25, amxState},
    {"avxvnni", 7, 1, EAX, 4, avxState},
    {"avx512bf16", 7, 1, EAX, 5, avx512State},
    {"amx-fp16", 7, 1, EAX, 21, amxState},
    {"avxifma", 7, 1, EAX, 23, avxState},
    {"avxvnniint8", 7, 1, EDX, 4, avxState},
    {"avxneconvert", 7, 1, EDX, 5, avxState},
    {"prefetchi", 7, 1, EDX, 14, noState},
    {"avx10.1", 7, 1, EDX, 19, avx512State},
    {"avx10.2", 0x24, 0, EBX, 1, avx512State}, // a number, of which this bit is set in 2 and 3
    {"egpr", 7, 1, EDX, 21, apxState},
    {"ndd", 7, 1, EDX, 21, apxState},
    {"ccmp", 7, 1, EDX, 21, apxState},
    {"nf", 7, 1, EDX, 21, apxState},
    {"zu", 7, 1, EDX, 21, apxState},
    {"push2pop2", 7, 1, EDX, 21, apxState},
    {"xsaveopt", 13, 1, EAX, 0, noState},
    {"xsavec", 13, 1, EAX, 1, noState},
    {"xsaves", 13, 1, EAX, 3, noState},
    {"avxvnniint16", 7, 1, EDX, 10, avxState},
    {"sahf", 0x80000001, 0, ECX, 0, noState},
    {"lzcnt", 0x80000001, 0, ECX, 5, noState},
    {"sse4a", 0x80000001, 0, ECX, 6, noState},
    {"prfchw", 0x80000001, 0, ECX, 8, noState},
    {"xop", 0x80000001, 0, ECX, 11, avxState},
    {"fma4", 0x80000001, 0, ECX, 16, avxState},
    {"tbm", 0x80000001, 0, ECX, 21, noState},
    {"mwaitx", 0x80000001, 0, ECX, 29, noState},
    {"64bit", 0x80000001, 0, EDX, 29, noState},
    {"clzero", 0x80000008, 0, EBX, 0, noState},
    {"rdpru", 0x80000008, 0, EBX, 4, noState},
    {"wbnoinvd", 0x80000008, 0, EBX, 9, noState},
};

/// The register state that the operating system saves.
uint64_t savedState() {
  unsigned eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx >> 27 & 1))
    return 0;
  uint32_t low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t{high} << 32 | low;
}

Support supports(std::string_view name) {
  for (const Feature &feature : table) {
    if (feature.name != name)
      continue;
    unsigned registers[4] = {};
    if (!__get_cpuid_count(feature.leaf, feature.subleaf, &registers[EAX], &registers[EBX], &registers[ECX],
                           &registers[EDX]))
      return Support::No;
    bool there = registers[feature.reg] >> feature.bit & 1;
    return there && (savedState() & feature.state) == feature.state ? Support::Yes : Support::No;
  }
  return Support::Unknown;
}
#else
Support supports(std::string_view) { return Support::Unknown; }
#endif
} // namespace

/// Whether BRAID_HIDE_CPU_FEATURES lists the name.
static bool isHidden(std::string_view name) {
  const char *hidden = std::getenv("BRAID_HIDE_CPU_FEATURES");
  for (std::string_view rest = hidden ? hidden : ""; !rest.empty();) {
    size_t comma = rest.find(',');
    if (rest.substr(0, comma) == name)
      return true;
    rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
  }
  return false;
}

/// The first of the features that this machine lacks, or that the runtime does not know.
static std::optional<std::pair<std::string, Support>> firstMissing(const std::vector<std::string> &features) {
  for (const std::string &feature : features)
    if (Support support = isHidden(feature) ? Support::No : supports(feature); support != Support::Yes)
      return std::pair(feature, support);
  return std::nullopt;
}

Status checkCpuFeatures(const std::vector<std::string> &features, const std::string &file) {
  if (auto missing = firstMissing(features))
    return Status::unsupported(
        cat(file, ": expected a CPU with ", inQuotes(missing->first), ", found ",
            missing->second == Support::No ? "one without it" : "a feature that this runtime does not know"));
  return {};
}

Result<size_t> chooseVersion(const Manifest &manifest, const std::string &file) {
  if (manifest.versions.empty())
    return size_t{0};
  auto rank = [&](size_t i) {
    const std::vector<std::string> &features = manifest.versions[i].target.features;
    auto has = [&](std::string_view name) { return std::count(features.begin(), features.end(), name) > 0; };
    return std::tuple(has("avx512bf16"), has("avx512f"), features.size());
  };
  std::optional<size_t> best;
  std::string missing;
  for (size_t i = 0; i < manifest.versions.size(); ++i) {
    const Manifest::Target &target = manifest.versions[i].target;
    if (auto lacks = firstMissing(target.features)) {
      missing += cat(missing.empty() ? "" : " or ", "with ", inQuotes(lacks->first),
                     lacks->second == Support::Unknown ? ", which this runtime does not know, for " : " for ", target.cpu);
    } else if (!best || rank(i) > rank(*best)) {
      best = i;
    }
  }
  if (best)
    return *best;
  return Status::unsupported(cat(file, ": expected a CPU ", missing, ", found one without"));
}

} // namespace braid
