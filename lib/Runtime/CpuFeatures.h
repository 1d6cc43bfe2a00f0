//===- CpuFeatures.h - What this machine's CPU can do --------- -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_RUNTIME_CPUFEATURES_H
#define BRAID_RUNTIME_CPUFEATURES_H

#include "braid/Formats/Status.h"

#include <string>
#include <vector>

namespace braid {

/// Fails, naming the feature, if this machine lacks one of `features` or if the
/// runtime does not know its name. Names are LLVM's: "avx512f", "avx512bf16".
Status checkCpuFeatures(const std::vector<std::string> &features, const std::string &file);

} // namespace braid

#endif // BRAID_RUNTIME_CPUFEATURES_H
