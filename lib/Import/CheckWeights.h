//===- CheckWeights.h - Whether a folder holds a model's weights -*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_IMPORT_CHECKWEIGHTS_H
#define BRAID_LIB_IMPORT_CHECKWEIGHTS_H

#include "braid/Import/Import.h"

namespace braid {

/// Checks that the safetensors of the model's folder hold the module's weights: name, floating-point type and shape.
/// Other tensors are one warning.
Status checkWeights(mlir::ModuleOp module, const ModelSpec &spec, const WarningSink &warn);

} // namespace braid

#endif // BRAID_LIB_IMPORT_CHECKWEIGHTS_H
