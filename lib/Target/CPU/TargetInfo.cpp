//===- TargetInfo.cpp - What code for a CPU may use ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Target/CPU/TargetInfo.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include <cstdlib>

using namespace llvm;

namespace braid::cpu {

bool TargetInfo::has(StringRef feature) const { return is_contained(features, feature); }

namespace {
/// Operations that one core ends in one cycle (a multiply-add is two), exponentials of f32 in one cycle, its sustained
/// clock, and bytes per second that it and the whole socket read from memory.
struct Core {
  const char *name;
  double f32, bf16, exp, clock, bytes, socketBytes;
};
} // namespace

/// The vendors' counts of ports and widths; clocks and bandwidths of common server parts. docs/Report.md shows them. An
/// exponential is five multiply-adds and three other operations, which have ports of their own on a Zen and none on others.
static const Core cores[] = {
    {"znver3", 32, 32, 3.2, 3.4e9, 20e9, 200e9},        {"znver4", 32, 64, 3.2, 3.5e9, 22e9, 460e9},
    {"znver5", 64, 128, 6.4, 3.5e9, 25e9, 570e9},       {"skylake-avx512", 64, 64, 4, 2.6e9, 12e9, 125e9},
    {"icelake-server", 64, 64, 4, 2.6e9, 14e9, 200e9},  {"sapphirerapids", 64, 128, 4, 2.6e9, 14e9, 300e9},
    {"graniterapids", 64, 128, 4, 2.6e9, 15e9, 600e9},
};

SourcedRates TargetInfo::rates(unsigned count) const {
  bool wide = has("avx512f");
  Core core{"", wide ? 64.0 : 32.0, (has("avx512bf16") ? 2 : 1) * (wide ? 64.0 : 32.0), wide ? 4.0 : 2.0,
            3e9, 15e9, 200e9};
  if (const Core *known = find_if(cores, [&](const Core &c) { return name == c.name; }); known != std::end(cores))
    core = *known;
  double cycles = core.clock * count;
  return {{std::min(core.bytes * count, core.socketBytes), core.f32 / 2 * cycles, core.f32 * cycles, core.bf16 * cycles,
           core.exp * cycles},
          cat("documented for ", count, count == 1 ? " core of " : " cores of ",
              *core.name ? std::string_view(core.name) : has("avx512f") ? "a CPU with AVX-512" : "a CPU with AVX2")};
}

/// The host's name, or the level of x86-64 that it reaches where a hypervisor hides part of what its name promises.
/// BRAID_HOST_CPU in the environment names another CPU: with it a whole suite runs code for an older one.
static std::string hostName() {
  if (const char *chosen = std::getenv("BRAID_HOST_CPU"); chosen && *chosen)
    return chosen;
  std::string name = sys::getHostCPUName().str();
  StringMap<bool> found = sys::getHostCPUFeatures();
  auto hasAll = [&](const TargetInfo &info) {
    return all_of(info.features, [&](const std::string &feature) { return found.lookup(feature); });
  };
  for (const std::string &candidate : {name, std::string("x86-64-v4"), std::string("x86-64-v3")})
    if (TargetInfo info = TargetInfo::get(candidate); !info.features.empty() && hasAll(info))
      return candidate;
  return name;
}

/// What LLVM may use in plain vector code for a CPU that has it, beyond what every CPU with AVX2 has. Without cryptography,
/// matrices and what concerns the system: no code of ours comes to that.
static const char *const instructionSets[] = {
    "avx2", "fma", "f16c", "bmi", "bmi2", "lzcnt", "movbe", "adx", "prfchw", "sse4a", "xop", "fma4", "tbm", "avx512f",
    "avx512cd", "avx512bw", "avx512dq", "avx512vl", "avx512ifma", "avx512vbmi", "avx512vbmi2", "avx512vnni",
    "avx512bf16", "avx512bitalg", "avx512vpopcntdq", "avx512vp2intersect", "avx512fp16", "gfni", "vpclmulqdq",
    "avxvnni", "avxifma", "avxvnniint8", "avxvnniint16", "avxneconvert", "avx10.1", "avx10.2", "egpr", "ndd", "ccmp",
    "nf", "zu", "push2pop2"};

TargetInfo TargetInfo::get(StringRef name) {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86TargetMC();
  TargetInfo info;
  info.name = name == "host" ? hostName() : name.str();
  Triple triple("x86_64-unknown-linux-gnu");
  std::string error;
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return info;
  // An unknown name would be reported on stderr by LLVM: look it up in the generic subtarget first.
  std::unique_ptr<MCSubtargetInfo> generic(target->createMCSubtargetInfo(triple, "x86-64", ""));
  if (!generic->isCPUStringValid(info.name))
    return info;
  std::unique_ptr<MCSubtargetInfo> subtarget(target->createMCSubtargetInfo(triple, info.name, ""));
  if (!subtarget->checkFeatures("+avx2") || !subtarget->checkFeatures("+fma"))
    return info;
  for (const char *feature : instructionSets)
    if (subtarget->checkFeatures(std::string("+") + feature))
      info.features.push_back(feature);
  return info;
}

} // namespace braid::cpu
