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

#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Import/ReadModel.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringRef.h"

namespace braid {

/// Imports a description, a config.json, or a folder that holds one. The context must have the braid and func dialects
/// loaded. A failure is one line; its code is BadInput for what a file says and IO for what could not be read.
Result<mlir::OwningOpRef<mlir::ModuleOp>> importModel(llvm::StringRef path, const ImportOptions &options,
                                                      mlir::MLIRContext *context, const WarningSink &warn);

/// What importModel makes of a file that readModelSpec accepts, weights apart.
mlir::OwningOpRef<mlir::ModuleOp> buildModel(const ModelSpec &spec, mlir::MLIRContext *context);

} // namespace braid

#endif // BRAID_IMPORT_IMPORT_H
