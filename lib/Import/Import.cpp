//===- Import.cpp - From a model's files to the braid dialect --------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "braid/Import/Import.h"

#include "CheckWeights.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;

namespace braid {

Result<OwningOpRef<ModuleOp>> importModel(StringRef path, const ImportOptions &options, MLIRContext *context,
                                          const WarningSink &warn) {
  return guardMemory([&]() -> Result<OwningOpRef<ModuleOp>> {
    BRAID_TRY_ASSIGN(ModelSpec spec, readModelSpec(path.str(), options, warn));
    OwningOpRef<ModuleOp> module = buildModel(spec, context);
    if (!spec.folder.empty() && !options.noWeights)
      BRAID_TRY(checkWeights(*module, spec, warn));
    if (failed(verify(*module)))
      return Status::internal(cat(spec.file, ": the imported module does not verify"));
    return module;
  });
}

} // namespace braid
