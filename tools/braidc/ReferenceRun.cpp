//===- ReferenceRun.cpp - braidc --target=reference ------------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceRun.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include "braid/Formats/Npy.h"
#include "braid/Formats/Safetensors.h"
#include "braid/Reference/Run.h"

using namespace mlir;

namespace braid {

/// The named tensor in double precision; the first thing wrong is kept in `status`.
static FailureOr<std::vector<double>> readWeight(const Safetensors &files, StringRef name, ArrayRef<int64_t> shape,
                                                 Status &status) {
  const TensorView *found = files.find(std::string_view(name));
  std::string where = cat(files.path(), ": tensor ", inQuotes(std::string_view(name)));
  if (!found)
    status = Status::badInput(cat(where, ": expected it, found no such tensor"));
  else if (!found->info.dtype)
    status = Status::badInput(cat(where, ": expected a floating-point type, found ", found->info.dtypeName));
  else if (ArrayRef<int64_t>(found->info.shape) != shape)
    status = Status::badInput(cat(where, ": expected shape ", listed(shape), ", found ", listed(found->info.shape)));
  if (!status.ok())
    return failure();
  std::vector<double> values(found->info.elements());
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = loadElement(*found->info.dtype, found->data, i);
  return values;
}

/// Before the evaluation, whose error would name the op that looks an id up and not the file.
static Status checkIds(const std::vector<int32_t> &ids, ModuleOp module, const std::string &file) {
  auto model = module->getAttrOfType<DictionaryAttr>(kModelAttr);
  auto size = model ? model.getAs<IntegerAttr>("vocab_size") : IntegerAttr();
  for (size_t i = 0; size && i < ids.size(); ++i)
    if (ids[i] < 0 || ids[i] >= size.getInt())
      return Status::badInput(
          cat(file, ": token ", i, ": expected an id from 0 to ", size.getInt() - 1, ", found ", ids[i]));
  return {};
}

Status runReferenceOnFiles(ModuleOp module, const ReferenceFiles &files) {
  BRAID_TRY_ASSIGN(Safetensors weights, Safetensors::open(files.weights));
  BRAID_TRY_ASSIGN(NpyArray tokens, readNpy(files.tokens));
  if (tokens.dtype != DType::I32 || tokens.shape.size() != 2)
    return Status::badInput(cat(files.tokens, ": expected int32 [B, T], found ", nameOf(tokens.dtype), " ",
                                listed(tokens.shape)));
  std::vector<int32_t> ids(tokens.elements());
  for (size_t i = 0; i < ids.size(); ++i)
    ids[i] = tokens.at<int32_t>(i);
  BRAID_TRY(checkIds(ids, module, files.tokens));

  Status status;
  auto source = [&](StringRef name, ArrayRef<int64_t> shape) { return readWeight(weights, name, shape, status); };
  EvaluatorOptions options;
  options.rounding = files.roundToBF16 ? Rounding::All : Rounding::None;
  auto logits = runReference(module, source, ids, tokens.shape[0], tokens.shape[1], options);
  BRAID_TRY(status);
  if (failed(logits))
    return Status::badInput("the reference evaluator cannot run this module");
  int64_t count = tokens.shape[0] * tokens.shape[1];
  BRAID_TRY_ASSIGN(NpyWriter writer,
                   NpyWriter::create(files.logits, DType::F32,
                                     {tokens.shape[0], tokens.shape[1], count ? int64_t(logits->size()) / count : 0}));
  BRAID_TRY(writer.append(logits->data(), logits->size()));
  return writer.finish();
}

} // namespace braid
