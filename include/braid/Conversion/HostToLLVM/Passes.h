//===- Passes.h - From launches to LLVM ------------------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_CONVERSION_HOSTTOLLVM_PASSES_H
#define BRAID_CONVERSION_HOSTTOLLVM_PASSES_H

#include "mlir/Pass/Pass.h"

namespace braid {

#define GEN_PASS_DECL
#include "braid/Conversion/HostToLLVM/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "braid/Conversion/HostToLLVM/Passes.h.inc"

} // namespace braid

#endif // BRAID_CONVERSION_HOSTTOLLVM_PASSES_H
