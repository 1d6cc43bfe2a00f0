//===- CpuFeatures.h - What this machine's CPU can do --------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_CPUFEATURES_H
#define BRAID_RUNTIME_CPUFEATURES_H

#include "braid/Formats/Manifest.h"
#include "braid/Formats/Status.h"

#include <string>
#include <vector>

namespace braid {

/// Fails, naming the feature, if this machine lacks one of `features` or if the
/// runtime does not know its name. Names are LLVM's: "avx512f", "avx512bf16". Those that BRAID_HIDE_CPU_FEATURES in the
/// environment lists, with commas between them, count as missing.
Status checkCpuFeatures(const std::vector<std::string> &features, const std::string &file);

/// The version whose code this machine runs, its place in the list: of those whose features it has, the one with
/// AVX512-BF16, else with AVX-512, else with most features; the first of equals. 0 where there is no list. Fails, naming
/// what is missing, if the machine can run none.
Result<size_t> chooseVersion(const Manifest &manifest, const std::string &file);

} // namespace braid

#endif // BRAID_RUNTIME_CPUFEATURES_H
