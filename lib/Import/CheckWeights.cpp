//===- CheckWeights.cpp - Whether a folder holds a model's weights ---------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckWeights.h"

#include "braid/Formats/Safetensors.h"
#include "llvm/ADT/StringSet.h"

namespace braid {

namespace {
/// Tensors that some files hold beside the weights and that are no part of the model: tables that follow from the
/// config, heads for multi-token prediction, and a second copy of a tied table.
bool isExpectedExtra(llvm::StringRef name, const ModelSpec &spec) {
  return name.ends_with("rotary_emb.inv_freq") || name.starts_with("mtp.") || (spec.tied && name == spec.head);
}

Status checkWeight(WeightOp weight, const Safetensors &files) {
  llvm::StringRef name = weight.getSymName();
  llvm::ArrayRef<int64_t> shape = weight.getTensorType().getShape();
  const TensorView *found = files.find(std::string_view(name));
  if (!found)
    return Status::badInput(cat(files.path(), ": tensor ", inQuotes(std::string_view(name)), ": expected shape ",
                                listed(shape), ", found no such tensor"));
  std::string where = cat(found->file->path(), ": tensor ", inQuotes(std::string_view(name)));
  if (!found->info.dtype || !isFloat(*found->info.dtype))
    return Status::badInput(cat(where, ": expected F64, F32, F16 or BF16, found ", found->info.dtypeName));
  if (shape != llvm::ArrayRef<int64_t>(found->info.shape))
    return Status::badInput(cat(where, ": expected shape ", listed(shape), ", found ", listed(found->info.shape)));
  return {};
}
} // namespace

Status checkWeights(mlir::ModuleOp module, const ModelSpec &spec, const WarningSink &warn) {
  BRAID_TRY_ASSIGN(Safetensors files, Safetensors::open(spec.folder));
  llvm::StringSet<> needed;
  for (WeightOp weight : module.getOps<WeightOp>()) {
    needed.insert(weight.getSymName());
    BRAID_TRY(checkWeight(weight, files));
  }
  size_t extra = 0;
  std::string first;
  for (const TensorView &tensor : files.tensors()) {
    if (needed.contains(tensor.info.name) || isExpectedExtra(tensor.info.name, spec))
      continue;
    if (extra++ == 0)
      first = tensor.info.name;
  }
  if (extra > 0)
    warn(cat(spec.folder, ": ", extra, extra == 1 ? " tensor is" : " tensors are",
             " not part of the model and ignored: ", inQuotes(first), extra == 1 ? "" : " and others"));
  return {};
}

} // namespace braid
