//===- CheckProgram.h - Whether a program can be lowered -------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_CONVERSION_HOSTTOLLVM_CHECKPROGRAM_H
#define BRAID_LIB_CONVERSION_HOSTTOLLVM_CHECKPROGRAM_H

#include "braid/Dialect/Host/IR/Host.h"

namespace braid {

/// What the lowering takes for granted and no verifier sees, since it spans dialects or phases: memory is planned, each
/// weight and state is declared with that type, each launched view comes from the host. Reports the first that is not so.
llvm::LogicalResult checkProgram(host::ProgramOp program);

} // namespace braid

#endif // BRAID_LIB_CONVERSION_HOSTTOLLVM_CHECKPROGRAM_H
