//===- Import.h - From a model's files to the braid dialect ----*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A model comes as a description (docs/Descriptions.md) or as a Hugging Face
// folder: config.json and safetensors. Either becomes a module with one
// `forward` on tensors, its weights and states as symbols. Only the headers of
// weight files are read; the weights stay where they are.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_IMPORT_IMPORT_H
#define BRAID_IMPORT_IMPORT_H

#include "braid/Formats/DType.h"
#include "braid/Formats/Status.h"
#include "braid/Import/ModelSpec.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

#include <optional>

namespace braid {

struct ImportOptions {
  /// Type of weights and activations: BF16, F32 or F64. Without it, what the file says, else BF16.
  std::optional<DType> dtype;
  /// Type in which a recurrent state is kept between calls: F32 or BF16. Without it, what the file says, else F32. A
  /// model in F64 keeps its states in F64.
  std::optional<DType> stateDType;
  /// Import config.json alone and look for no safetensors.
  bool noWeights = false;
};

/// Takes one warning: a line without its end, "FILE: ...".
using WarningSink = llvm::function_ref<void(llvm::StringRef)>;

/// Imports a description, a config.json, or a folder that holds one. The context must have the braid and func dialects
/// loaded. A failure is one line; its code is BadInput for what a file says and IO for what could not be read.
Result<mlir::OwningOpRef<mlir::ModuleOp>> importModel(llvm::StringRef path, const ImportOptions &options,
                                                      mlir::MLIRContext *context, WarningSink warn);

/// The first half of importModel: reads and checks a description or a config.json, without weights.
Result<ModelSpec> readModelSpec(llvm::StringRef path, const ImportOptions &options, WarningSink warn);

/// The second half: the module of a model whose sizes checkSizes accepts.
mlir::OwningOpRef<mlir::ModuleOp> buildModel(const ModelSpec &spec, mlir::MLIRContext *context);

} // namespace braid

#endif // BRAID_IMPORT_IMPORT_H
