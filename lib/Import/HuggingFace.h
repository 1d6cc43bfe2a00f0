//===- HuggingFace.h - Reading config.json ---------------------*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_LIB_IMPORT_HUGGINGFACE_H
#define BRAID_LIB_IMPORT_HUGGINGFACE_H

#include "KeyReader.h"
#include "braid/Import/ReadModel.h"

namespace braid {

/// Reads a config.json of a `model_type` that Braid knows. A key that would change the mathematics and is not
/// implemented is an error; other unknown keys are one warning.
void readConfig(KeyReader &keys, ModelSpec &spec, const WarningSink &warn);

} // namespace braid

#endif // BRAID_LIB_IMPORT_HUGGINGFACE_H
