//===- ReferenceRun.h - braidc --target=reference --------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_TOOLS_BRAIDC_REFERENCERUN_H
#define BRAID_TOOLS_BRAIDC_REFERENCERUN_H

#include "braid/Formats/CallFiles.h"
#include "mlir/IR/BuiltinOps.h"
#include <string>

namespace braid {

struct ReferenceFiles {
  std::string weights; // folder of safetensors
  std::string tokens;  // int32 [B, T]
  std::string logits;  // float32 [B, T, vocabulary], written
  bool roundToBF16 = false;
};

/// Evaluates a model in double precision and writes its logits.
Status runReferenceOnFiles(mlir::ModuleOp module, const ReferenceFiles &files);

/// Evaluates one function on arrays in double precision and writes its results.
Status callReferenceOnFiles(mlir::ModuleOp module, llvm::StringRef entry, const CallFiles &files, bool roundToBF16);

} // namespace braid

#endif // BRAID_TOOLS_BRAIDC_REFERENCERUN_H
