//===- Emit.h - From LLVM IR to a shared object ----------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TARGET_CPU_EMIT_H
#define BRAID_TARGET_CPU_EMIT_H

#include "braid/Formats/Status.h"
#include "braid/Target/CPU/TargetInfo.h"
#include "mlir/IR/BuiltinOps.h"
#include <string>

namespace braid::cpu {

/// What `--emit` prints, or the object that an artifact holds.
enum class Output { LLVM, Assembly, SharedObject };

/// Compiles a module of the LLVM dialect: optimised LLVM IR, assembly, or a linked shared object that exports
/// `braid_artifact` alone. The same module and target give the same bytes. Functions are compiled side by side on the
/// threads of the module's context.
Result<std::string> emit(mlir::ModuleOp module, const TargetInfo &target, Output output);

} // namespace braid::cpu

#endif // BRAID_TARGET_CPU_EMIT_H
