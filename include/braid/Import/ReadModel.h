//===- ReadModel.h - From a model's files to a ModelSpec -------*- C++ -*-===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A model comes as a description (docs/Descriptions.md) or as a Hugging Face
// folder: config.json and safetensors. A failure is one line; its code is
// BadInput for what a file says and IO for what could not be read.
//
//===----------------------------------------------------------------------===//

#ifndef BRAID_IMPORT_READMODEL_H
#define BRAID_IMPORT_READMODEL_H

#include "braid/Formats/DType.h"
#include "braid/Formats/Status.h"
#include "braid/Import/ModelSpec.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace braid {

struct ImportOptions {
  /// Type of weights and activations: BF16, F32 or F64. Without it, what the file says, else BF16.
  std::optional<DType> dtype;
  /// Type in which a recurrent state is kept between calls: F32 or BF16. Without it, what the file says, else F32. A
  /// model in F64 keeps its states in F64 and takes none of these.
  std::optional<DType> stateDType;
  /// Import config.json alone and look for no safetensors.
  bool noWeights = false;
};

/// Takes one warning: a line without its end, "FILE: ...".
using WarningSink = std::function<void(std::string_view)>;

/// Reads and checks a description, a config.json, or a folder that holds one. Looks at no weights.
Result<ModelSpec> readModelSpec(const std::string &path, const ImportOptions &options, const WarningSink &warn);

/// The same from a text; `file` is the name for messages.
Result<ModelSpec> parseModelSpec(std::string_view text, const std::string &file, const ImportOptions &options,
                                 const WarningSink &warn);

} // namespace braid

#endif // BRAID_IMPORT_READMODEL_H
