//===- Values.cpp - Values that fit what reads them -----------------------===//
//
// Part of Braid, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Values.h"
#include "braid/Dialect/Braid/IR/Braid.h"
#include <algorithm>

using namespace mlir;

namespace braid::generate {

DType dtypeOf(Type element) {
  std::string name;
  llvm::raw_string_ostream(name) << element;
  return *dtypeFromName(name);
}

static int64_t vocabularyOf(Value tokens) {
  int64_t least = std::numeric_limits<int32_t>::max();
  for (Operation *user : tokens.getUsers())
    if (auto embedding = dyn_cast<EmbeddingOp>(user))
      least = std::min(least, embedding.getTable().getType().getDimSize(0));
  return std::max<int64_t>(least, 1);
}

Tensor drawArgument(Value argument, ArrayRef<int64_t> shape, property::Random &random) {
  Tensor tensor(shape);
  auto type = cast<RankedTensorType>(argument.getType());
  if (type.getElementType().isInteger()) {
    for (double &value : tensor.data)
      value = double(random.between(0, vocabularyOf(argument) - 1));
    return tensor;
  }
  double mean = 0, deviation = 1;
  bool decay = false;
  for (OpOperand &use : argument.getUses()) {
    unsigned operand = use.getOperandNumber();
    Operation *user = use.getOwner();
    if (isa<LinearOp, LinearInputGradientOp>(user) && operand == 1)
      deviation = 1 / std::sqrt(double(type.getDimSize(isa<LinearOp>(user) ? 1 : 0)));
    else if (isa<CausalConv1dOp>(user) && operand == 1)
      deviation = 1 / std::sqrt(double(type.getDimSize(2)));
    else if ((isa<RMSNormOp, LayerNormOp>(user) && operand == 1) || (isa<GatedRMSNormOp>(user) && operand == 2))
      mean = user->hasAttr("plus_one") ? 0 : 1, deviation = 0.25;
    else if (auto scan = dyn_cast<SSDScanOp>(user))
      decay |= scan.getALog() == argument;
    else if (auto selective = dyn_cast<SelectiveScanOp>(user))
      decay |= selective.getALog() == argument;
  }
  for (double &value : tensor.data)
    value = decay ? std::log(random.uniform(1, 16)) : mean + deviation * random.normal();
  roundTo(tensor, type.getElementType());
  return tensor;
}

} // namespace braid::generate
